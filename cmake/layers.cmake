# SPDX-License-Identifier: GPL-3.0-or-later
# viz_layer(NAME LIBRARY...): the static library viz_NAME from src/NAME/*.c. A layer that
# has no file yet passes on what it links.
function(viz_layer name)
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.c)
    if(name STREQUAL "app" AND NOT VIZ_DRAW)
        list(FILTER sources EXCLUDE REGEX "/(session|members|measure|hud|report)\\.c$")
    elseif(name STREQUAL "app")
        list(FILTER sources EXCLUDE REGEX "/session_off\\.c$")
    endif()
    if(sources)
        add_library(viz_${name} STATIC ${sources})
        target_include_directories(viz_${name} PUBLIC
            ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/generated)
        target_link_libraries(viz_${name} PUBLIC ${ARGN} PRIVATE viz_warnings)
        add_dependencies(viz_${name} viz_version)
    else()
        add_library(viz_${name} INTERFACE)
        target_include_directories(viz_${name} INTERFACE
            ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/generated)
        target_link_libraries(viz_${name} INTERFACE ${ARGN})
        add_dependencies(viz_${name} viz_version)
    endif()
endfunction()
