/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <viz/role.h>

struct viz_role viz_role_source, viz_role_render, viz_role_telemetry, viz_role_store;
