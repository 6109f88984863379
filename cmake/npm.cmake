# SPDX-License-Identifier: GPL-3.0-or-later
# cmake -D FOLDER=web -P cmake/npm.cmake: the packages that FOLDER/package-lock.json names,
# in FOLDER/node_modules, which git ignores and all build folders share. Does nothing, and
# needs no network, where they are there. One at a time, however many builds run.
if(NOT IS_ABSOLUTE ${FOLDER})
    get_filename_component(FOLDER ${CMAKE_CURRENT_LIST_DIR}/../${FOLDER} ABSOLUTE)
endif()
set(stamp ${FOLDER}/node_modules/.installed)
file(LOCK ${FOLDER}/node_modules.lock GUARD PROCESS TIMEOUT 600)

file(SHA256 ${FOLDER}/package-lock.json wanted)
set(installed "")
if(EXISTS ${stamp})
    file(READ ${stamp} installed)
endif()
if(NOT installed STREQUAL wanted)
    execute_process(
        COMMAND npm ci --ignore-scripts --no-audit --no-fund --prefer-offline
            --fetch-retries=1
        WORKING_DIRECTORY ${FOLDER} RESULT_VARIABLE failed
        OUTPUT_VARIABLE said ERROR_VARIABLE said)
    if(failed)
        message("${said}")
        message(FATAL_ERROR "npm could not fetch the packages of "
            "${FOLDER}/package-lock.json: it needs the network this once "
            "(-DVIZ_WEB=OFF builds viz without its page, and without npm)")
    endif()
    file(WRITE ${stamp} ${wanted})
elseif(${FOLDER}/package-lock.json IS_NEWER_THAN ${stamp})
    file(TOUCH ${stamp})
endif()
