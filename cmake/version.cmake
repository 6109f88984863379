# SPDX-License-Identifier: GPL-3.0-or-later
# <viz/version.h>, looked at in every build and written only when it would change, so that
# a commit recompiles the few files that include it. This file is also the script that
# the build runs: cmake -D... -P version.cmake.
if(NOT CMAKE_SCRIPT_MODE_FILE)
    find_package(Git QUIET)
    add_custom_target(viz_version
        COMMAND ${CMAKE_COMMAND} -D VERSION=${PROJECT_VERSION} -D GIT=${GIT_EXECUTABLE}
            -D SOURCE=${PROJECT_SOURCE_DIR}
            -D OUT=${PROJECT_BINARY_DIR}/generated/viz/version.h
            -P ${CMAKE_CURRENT_LIST_FILE}
        BYPRODUCTS ${PROJECT_BINARY_DIR}/generated/viz/version.h
        COMMENT "" VERBATIM)
    return()
endif()

set(revision unknown)
if(GIT AND EXISTS ${SOURCE}/.git)
    # The tree is being built, so it is trusted, whoever owns it.
    execute_process(
        COMMAND ${GIT} --no-optional-locks -c safe.directory=${SOURCE}
            describe --tags --always --dirty
        WORKING_DIRECTORY ${SOURCE} OUTPUT_VARIABLE described
        OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed)
        set(revision ${described})
    endif()
endif()

set(text "/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef VIZ_VERSION_H
#define VIZ_VERSION_H

#define VIZ_VERSION \"${VERSION}\"
#define VIZ_REVISION \"${revision}\"

#endif
")
set(before "")
if(EXISTS ${OUT})
    file(READ ${OUT} before)
endif()
if(NOT text STREQUAL before)
    file(WRITE ${OUT} "${text}")
endif()
