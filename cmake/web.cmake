# SPDX-License-Identifier: GPL-3.0-or-later
# The page of viz serve inside the program: bundled by web/build.mjs, packed and turned into
# a table by embed.cmake. Library: viz_web_assets, header <viz/web_assets.h>. Without
# VIZ_WEB, which needs neither Node nor npm, the page is one sentence.
option(VIZ_WEB "The page of viz serve (needs Node, and npm's packages once)" ON)

set(page ${PROJECT_BINARY_DIR}/page)
set(web ${PROJECT_SOURCE_DIR}/web)
set(generated ${PROJECT_BINARY_DIR}/generated/web_assets.S
    ${PROJECT_BINARY_DIR}/generated/viz/web_assets.h)
file(GLOB openapi CONFIGURE_DEPENDS ${web}/openapi.json)

if(VIZ_WEB)
    foreach(program node npm)
        find_program(VIZ_${program} ${program})
        if(NOT VIZ_${program})
            message(FATAL_ERROR "${program} not found: install nodejs and npm, "
                "or leave the page of viz serve out with -DVIZ_WEB=OFF")
        endif()
    endforeach()
    execute_process(COMMAND ${VIZ_node} --version OUTPUT_VARIABLE node_version)
    if(node_version MATCHES "^v([0-9]+)" AND CMAKE_MATCH_1 LESS 18)
        message(FATAL_ERROR "Node 18 or newer builds the page of viz serve, here is "
            "${CMAKE_MATCH_0}; -DVIZ_WEB=OFF leaves it out")
    endif()
    file(GLOB_RECURSE page_sources CONFIGURE_DEPENDS ${web}/src/*.js ${web}/src/*.css)
    add_custom_command(OUTPUT ${web}/node_modules/.installed
        COMMAND ${CMAKE_COMMAND} -D FOLDER=${web} -P ${PROJECT_SOURCE_DIR}/cmake/npm.cmake
        DEPENDS ${web}/package-lock.json
        COMMENT "Fetching what the page is built with" VERBATIM)
    set(make_page ${VIZ_node} ${web}/build.mjs ${page})
    list(APPEND page_sources ${web}/build.mjs ${web}/index.html ${web}/style.css
        ${web}/node_modules/.installed LICENSE)
else()
    set(page_sources "")
    file(WRITE ${PROJECT_BINARY_DIR}/no_page.html "<!doctype html>
<title>viz</title>
<p>This viz was built without its page (VIZ_WEB=OFF); the API under /api is all there.
")
    set(make_page ${CMAKE_COMMAND} -E copy ${PROJECT_BINARY_DIR}/no_page.html
        ${page}/index.html)
endif()
set(add_openapi "")
if(openapi)
    set(add_openapi COMMAND ${CMAKE_COMMAND} -E copy ${openapi} ${page}/api/openapi.json)
endif()

add_custom_command(OUTPUT ${generated}
    COMMAND ${CMAKE_COMMAND} -E rm -rf ${page}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${page}/api
    COMMAND ${make_page}
    ${add_openapi}
    COMMAND ${CMAKE_COMMAND} -D FOLDER=${page} -D OUT=${PROJECT_BINARY_DIR}/generated
        -P ${PROJECT_SOURCE_DIR}/cmake/embed.cmake
    DEPENDS ${page_sources} ${openapi} cmake/embed.cmake
    COMMENT "Building the page" VERBATIM)
add_library(viz_web_assets STATIC ${generated})
set_source_files_properties(${PROJECT_SOURCE_DIR}/src/web/assets.c PROPERTIES
    OBJECT_DEPENDS ${PROJECT_BINARY_DIR}/generated/viz/web_assets.h)
