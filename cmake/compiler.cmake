# SPDX-License-Identifier: GPL-3.0-or-later
# One set of flags for everything that is built.
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)

# Empty and not 1, so that a file may define it again.
add_compile_definitions(_GNU_SOURCE= VIZ_HAVE_DRAW=$<BOOL:${VIZ_DRAW}>)

# perf walks frame pointers; they cost less than a profile that guesses.
add_compile_options(-fno-omit-frame-pointer)

# Warnings are for our own code: generated code is compiled without this target.
add_library(viz_warnings INTERFACE)
target_compile_options(viz_warnings INTERFACE
    $<$<COMPILE_LANGUAGE:C>:-Wall -Wextra -Wshadow -Wstrict-prototypes
        -Wmissing-prototypes -Wpointer-arith -Wvla -Wformat=2
        $<$<BOOL:${VIZ_WERROR}>:-Werror>
        $<$<C_COMPILER_ID:Clang>:-Wthread-safety>>)

if(VIZ_SANITIZE)
    add_compile_options(-fsanitize=${VIZ_SANITIZE} -fno-sanitize-recover=all)
    add_link_options(-fsanitize=${VIZ_SANITIZE})
endif()

if(VIZ_FUZZ)
    if(NOT CMAKE_C_COMPILER_ID STREQUAL "Clang")
        message(FATAL_ERROR "VIZ_FUZZ needs clang: configure with -DCMAKE_C_COMPILER=clang")
    endif()
    add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Test programs are many: each loads only the libraries that it calls, and gold links them
# in a fifth of the time.
add_link_options(-Wl,--as-needed)
if(VIZ_TESTS AND CMAKE_C_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Debug")
    include(CheckLinkerFlag)
    check_linker_flag(C -fuse-ld=gold VIZ_HAVE_GOLD)
    if(VIZ_HAVE_GOLD)
        add_link_options(-fuse-ld=gold)
    endif()
endif()
