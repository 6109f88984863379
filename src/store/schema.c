/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "schema.h"

#include <viz/error.h>
#include <viz/store.h>

/* SQL, laid out as SQL. */
/* clang-format off */

/* Ids of runs are never used again: AUTOINCREMENT. sample.segment is no foreign key and
 * has no index: both would cost more than writing the sample does; a commit checks its
 * segments instead. */
#define TABLES                                                                         \
    "CREATE TABLE run ("                                                               \
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"                                           \
    " uuid TEXT NOT NULL UNIQUE,"                                                      \
    " name TEXT NOT NULL,"                                                             \
    " description TEXT NOT NULL,"                                                      \
    " origin TEXT NOT NULL,"                                                           \
    " host TEXT NOT NULL,"                                                             \
    " firmware TEXT NOT NULL,"                                                         \
    " machine TEXT NOT NULL,"                                                          \
    " flags TEXT NOT NULL,"                                                            \
    " requested TEXT NOT NULL,"                                                        \
    " delivered TEXT NOT NULL,"                                                        \
    " started_ns INTEGER NOT NULL,"                                                    \
    " ended_ns INTEGER NOT NULL DEFAULT 0,"                                            \
    " seen_ns INTEGER NOT NULL,"                                                       \
    " state TEXT NOT NULL"                                                             \
    "  CHECK (state IN ('recording', 'complete', 'interrupted', 'deleted')),"          \
    " samples INTEGER NOT NULL DEFAULT 0"                                              \
    ") STRICT;"                                                                        \
    "CREATE TABLE tag ("                                                               \
    " run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"                          \
    " name TEXT NOT NULL,"                                                             \
    " PRIMARY KEY (run, name)"                                                         \
    ") STRICT, WITHOUT ROWID;"                                                         \
    "CREATE TABLE stream ("                                                            \
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"                                           \
    " run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"                          \
    " name TEXT NOT NULL,"                                                             \
    " source TEXT NOT NULL,"                                                           \
    " form TEXT NOT NULL CHECK (form IN ('lightwave', 'values')),"                     \
    " requested_hz REAL NOT NULL,"                                                     \
    " UNIQUE (run, name)"                                                              \
    ") STRICT;"                                                                        \
    "CREATE TABLE channel ("                                                           \
    " stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,"                    \
    " number INTEGER NOT NULL,"                                                        \
    " name TEXT NOT NULL,"                                                             \
    " unit TEXT NOT NULL,"                                                             \
    " PRIMARY KEY (stream, number)"                                                    \
    ") STRICT, WITHOUT ROWID;"                                                         \
    "CREATE TABLE segment ("                                                           \
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"                                           \
    " stream INTEGER NOT NULL REFERENCES stream ON DELETE CASCADE,"                    \
    " number INTEGER NOT NULL,"                                                        \
    " reason TEXT NOT NULL,"                                                           \
    " started_ns INTEGER NOT NULL,"                                                    \
    " samples INTEGER NOT NULL DEFAULT 0,"                                             \
    " UNIQUE (stream, number)"                                                         \
    ") STRICT;"                                                                        \
    "CREATE TABLE sample ("                                                            \
    " run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"                          \
    " seq INTEGER NOT NULL,"                                                           \
    " segment INTEGER NOT NULL,"                                                       \
    " host_ns INTEGER NOT NULL,"                                                       \
    " device_ns INTEGER,"                                                              \
    " marks INTEGER NOT NULL,"                                                         \
    " missing INTEGER NOT NULL,"                                                       \
    " frame BLOB NOT NULL,"                                                            \
    " PRIMARY KEY (run, seq)"                                                          \
    ") STRICT, WITHOUT ROWID;"                                                         \
    "CREATE TABLE annotation ("                                                        \
    " id INTEGER PRIMARY KEY,"                                                         \
    " run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"                          \
    " stream INTEGER REFERENCES stream ON DELETE CASCADE,"                             \
    " from_ns INTEGER NOT NULL,"                                                       \
    " to_ns INTEGER NOT NULL,"                                                         \
    " text TEXT NOT NULL,"                                                             \
    " author TEXT NOT NULL,"                                                           \
    " exclude INTEGER NOT NULL CHECK (exclude IN (0, 1))"                              \
    ") STRICT;"

/* SQLite knows no floating-point numbers in blobs. Their first bits, sign and exponent,
 * are looked up here: the number is (implied + mantissa) * factor, exactly, because
 * factor is a power of two. Without implied it is infinite or none. Doubling and
 * halving is exact too, so that no power is ever read from a decimal text. */
#define FLOAT_HEADS                                                                    \
    "CREATE TABLE float_head ("                                                        \
    " bits INTEGER NOT NULL,"                                                          \
    " head INTEGER NOT NULL,"                                                          \
    " implied INTEGER,"                                                                \
    " factor REAL NOT NULL,"                                                           \
    " PRIMARY KEY (bits, head)"                                                        \
    ") STRICT, WITHOUT ROWID;"                                                         \
    "WITH RECURSIVE"                                                                   \
    " up(e, p) AS (SELECT 0, 1.0 UNION ALL SELECT e + 1, p * 2 FROM up"                \
    "  WHERE e < 971),"                                                                \
    " down(e, p) AS (SELECT -1, 0.5 UNION ALL SELECT e - 1, p / 2 FROM down"           \
    "  WHERE e > -1074),"                                                              \
    " power(e, p) AS (SELECT * FROM up UNION ALL SELECT * FROM down),"                 \
    " sign(s, plus) AS (VALUES (0, 1.0), (1, -1.0)),"                                  \
    " format(bits, top, last, fraction) AS"                                            \
    "  (VALUES (32, 256, -149, 8388608), (64, 2048, -1074, 4503599627370496)) "        \
    "INSERT INTO float_head"                                                           \
    " SELECT bits, s * top + e - last + 1, fraction, plus * p"                         \
    "  FROM format, sign, power WHERE e BETWEEN last AND last + top - 3"               \
    " UNION ALL SELECT bits, s * top, 0, plus * p"                                     \
    "  FROM format, sign, power WHERE e = last"                                        \
    " UNION ALL SELECT bits, s * top + top - 1, NULL, plus * 9e999"                    \
    "  FROM format, sign;"

#define RUNS_VIEW                                                                      \
    "CREATE VIEW runs AS SELECT id, uuid, name,"                                       \
    " (SELECT coalesce(group_concat(t.name, ','), '') FROM"                            \
    "  (SELECT name FROM tag WHERE tag.run = run.id ORDER BY name) AS t) AS tags,"     \
    COLUMN(VIZ_SQL_STATE, "state")                                                     \
    COLUMN(ISO("started_ns"), "started")                                               \
    COLUMN("iif(ended_ns = 0, NULL, " ISO("ended_ns") ")", "ended")                    \
    " max(iif(ended_ns = 0, seen_ns, ended_ns) - started_ns, 0) / 1e9 AS duration_s,"  \
    " samples,"                                                                        \
    " (SELECT count(*) FROM stream WHERE stream.run = run.id) AS streams,"             \
    " (SELECT count(*) FROM segment JOIN stream ON stream.id = segment.stream"         \
    "  WHERE stream.run = run.id) AS segments,"                                        \
    " origin, host, firmware, description, machine, flags, requested, delivered "      \
    "FROM run WHERE state <> 'deleted';"

#define ISO(ns)                                                                        \
    "strftime('%Y-%m-%dT%H:%M:%S', " ns " / 1000000000, 'unixepoch') ||"               \
    " format('.%09dZ', " ns " % 1000000000)"

/* A byte is its place among all bytes. */
#define ALL_BYTES                                                                      \
    "(SELECT X'000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F"       \
    "202122232425262728292A2B2C2D2E2F303132333435363738393A3B3C3D3E3F"                 \
    "404142434445464748494A4B4C4D4E4F505152535455565758595A5B5C5D5E5F"                 \
    "606162636465666768696A6B6C6D6E6F707172737475767778797A7B7C7D7E7F"                 \
    "808182838485868788898A8B8C8D8E8F909192939495969798999A9B9C9D9E9F"                 \
    "A0A1A2A3A4A5A6A7A8A9AAABACADAEAFB0B1B2B3B4B5B6B7B8B9BABBBCBDBEBF"                 \
    "C0C1C2C3C4C5C6C7C8C9CACBCCCDCECFD0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"                 \
    "E0E1E2E3E4E5E6E7E8E9EAEBECEDEEEFF0F1F2F3F4F5F6F7F8F9FAFBFCFDFEFF' AS bytes)"
#define BYTE(at) "(instr(bytes, substr(s.frame, " at ", 1)) - 1)"

/* Little-endian, at the offsets of <viz/lightwave.h> and one: substr counts from 1. */
#define U8(a) BYTE(#a)
#define U16(a, b) U8(a) " + " U8(b) " * 256"
#define U24(a, b, c) U16(a, b) " + " U8(c) " * 65536"
#define U32(a, b, c, d) U24(a, b, c) " + " U8(d) " * 16777216"

/* @head, @mantissa: SQL of the two parts of a number of @bits. */
#define FLOAT(bits, head, mantissa)                                                    \
    "(SELECT CASE WHEN implied IS NOT NULL THEN (implied + (" mantissa ")) * factor"   \
    " WHEN (" mantissa ") = 0 THEN factor END"                                         \
    " FROM float_head AS h WHERE h.bits = " bits " AND h.head = " head ")"
#define F32(a, b, c, d)                                                                \
    FLOAT("32", "(" U8(d) " * 2 + (" U8(c) " >> 7))",                                  \
          U16(a, b) " + (" U8(c) " & 127) * 65536")
#define VALUE_BYTE(k) BYTE("8 * c.number + " #k)
#define F64                                                                            \
    FLOAT("64", "(" VALUE_BYTE(8) " * 16 + (" VALUE_BYTE(7) " >> 4))",                 \
          VALUE_BYTE(1) " + (" VALUE_BYTE(2) " << 8) + (" VALUE_BYTE(3) " << 16)"      \
          " + (" VALUE_BYTE(4) " << 24) + (" VALUE_BYTE(5) " << 32)"                   \
          " + (" VALUE_BYTE(6) " << 40) + ((" VALUE_BYTE(7) " & 15) << 48)")

#define COLUMN(what, name) " " what " AS " name ","
#define EXTENDED(what, name)                                                           \
    COLUMN("CASE length(s.frame) WHEN 64 THEN " what " END", name)
#define BIT(what, bit, name) " (" what " >> " #bit ") & 1 AS " name ","

/* The order of the joins is fixed: samples come by their key, the rest is looked up. */
#define FRAMES_VIEW                                                                    \
    "CREATE VIEW frames AS SELECT s.run, s.seq, t.name AS stream,"                     \
    " g.number AS segment,"                                                            \
    COLUMN(ISO("s.host_ns"), "host_time")                                              \
    " s.device_ns / 1000000 AS device_ms,"                                             \
    COLUMN(U32(5, 6, 7, 8), "timestamp_ms")                                            \
    COLUMN(F32(9, 10, 11, 12), "avg_total_us")                                         \
    COLUMN(F32(13, 14, 15, 16), "avg_goertzel_us")                                     \
    COLUMN(F32(17, 18, 19, 20), "cpu_load_percent")                                    \
    COLUMN(U16(21, 22), "peak_total_us")                                               \
    COLUMN(U16(23, 24), "peak_goertzel_us")                                            \
    COLUMN(U32(25, 26, 27, 28), "hop_count")                                           \
    COLUMN(U16(29, 30), "goertzel_count")                                              \
    COLUMN(U8(31), "flags")                                                            \
    BIT(U8(31), 0, "streaming")                                                        \
    BIT(U8(31), 1, "enabled")                                                          \
    EXTENDED(F32(33, 34, 35, 36), "avg_dc_agc_us")                                     \
    EXTENDED(F32(37, 38, 39, 40), "avg_chroma_us")                                     \
    EXTENDED(U32(41, 42, 43, 44), "goertzel_count_full")                               \
    EXTENDED(U16(49, 50), "hops_below_100us")                                          \
    EXTENDED(U16(51, 52), "hops_below_200us")                                          \
    EXTENDED(U16(53, 54), "hops_below_400us")                                          \
    EXTENDED(U16(55, 56), "hops_below_800us")                                          \
    EXTENDED(U16(57, 58), "hops_below_1600us")                                         \
    EXTENDED(U16(59, 60), "hops_below_3200us")                                         \
    EXTENDED(U16(61, 62), "hops_below_6400us")                                         \
    EXTENDED(U16(63, 64), "hops_above")                                                \
    BIT("s.marks", 0, "repeat")                                                        \
    BIT("s.marks", 1, "gap")                                                           \
    BIT("s.marks", 2, "boot")                                                          \
    BIT("s.marks", 3, "reset")                                                         \
    BIT("s.marks", 4, "not_finite")                                                    \
    BIT("s.marks", 5, "copy")                                                          \
    " s.missing, s.host_ns, hex(s.frame) AS frame_hex "                                \
    "FROM " ALL_BYTES " CROSS JOIN sample AS s"                                        \
    " CROSS JOIN segment AS g ON g.id = s.segment"                                     \
    " CROSS JOIN stream AS t ON t.id = g.stream "                                      \
    "WHERE t.form = 'lightwave' AND length(s.frame) IN (32, 64);"
#define READINGS_VIEW                                                                  \
    "CREATE VIEW readings AS SELECT s.run, s.seq, t.name AS stream,"                   \
    " g.number AS segment, c.name AS channel, c.unit,"                                 \
    COLUMN(ISO("s.host_ns"), "host_time")                                              \
    " s.device_ns,"                                                                    \
    COLUMN("CASE WHEN length(s.frame) >= 8 * c.number + 8 THEN " F64 " END", "value")  \
    BIT("s.marks", 1, "gap")                                                           \
    " s.missing, s.host_ns "                                                           \
    "FROM " ALL_BYTES " CROSS JOIN sample AS s"                                        \
    " CROSS JOIN segment AS g ON g.id = s.segment"                                     \
    " CROSS JOIN stream AS t ON t.id = g.stream"                                       \
    " CROSS JOIN channel AS c ON c.stream = t.id "                                     \
    "WHERE t.form = 'values';"

/* An overview belongs to a run as a whole: every sample up to overview_end.seq is in it,
 * and none behind. It has no reference to its stream, so that deleting a stream does not
 * take all of it in one step. */
#define OVERVIEW                                                                       \
    "CREATE TABLE overview ("                                                          \
    " run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"                          \
    " stream INTEGER NOT NULL,"                                                        \
    " row INTEGER NOT NULL,"                                                           \
    " rows INTEGER NOT NULL,"                                                          \
    " first_seq INTEGER NOT NULL,"                                                     \
    " last_seq INTEGER NOT NULL,"                                                      \
    " begin_ns INTEGER NOT NULL,"                                                      \
    " end_ns INTEGER NOT NULL,"                                                        \
    " timed INTEGER NOT NULL,"                                                         \
    " device_begin_ns INTEGER NOT NULL,"                                               \
    " device_end_ns INTEGER NOT NULL,"                                                 \
    " segment INTEGER NOT NULL,"                                                       \
    " shift_ns INTEGER,"                                                               \
    " newest_ns INTEGER,"                                                              \
    " received_ns INTEGER NOT NULL,"                                                   \
    " seqs BLOB NOT NULL,"                                                             \
    " PRIMARY KEY (run, stream, row)"                                                  \
    ") STRICT, WITHOUT ROWID;"                                                         \
    "CREATE TABLE overview_entries ("                                                  \
    " run INTEGER NOT NULL REFERENCES run ON DELETE CASCADE,"                          \
    " stream INTEGER NOT NULL,"                                                        \
    " row INTEGER NOT NULL,"                                                           \
    " level INTEGER NOT NULL,"                                                         \
    " entries BLOB NOT NULL,"                                                          \
    " PRIMARY KEY (run, stream, row, level)"                                           \
    ") STRICT, WITHOUT ROWID;"                                                         \
    "CREATE TABLE overview_end ("                                                      \
    " run INTEGER PRIMARY KEY REFERENCES run ON DELETE CASCADE,"                       \
    " seq INTEGER NOT NULL"                                                            \
    ") STRICT;"

/* clang-format on */

static const char *const steps[] = {
    TABLES,
    FLOAT_HEADS RUNS_VIEW FRAMES_VIEW READINGS_VIEW,
    OVERVIEW,
};
_Static_assert(sizeof(steps) / sizeof(steps[0]) == VIZ_STORE_VERSION,
               "each version has its step");

const char *viz_schema_step(int from)
{
    viz_assert(from >= 0 && from < VIZ_STORE_VERSION);
    return steps[from];
}
