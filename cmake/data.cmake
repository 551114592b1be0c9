# The folders the program reads stand beside it, so that it runs from any working directory; so does a text made of
# this program's own source.
file(GLOB corpora CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/assets/corpora/*.txt)
file(GLOB languages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/assets/languages/*.json)
file(GLOB presets CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/presets/*.json)
file(GLOB claims CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/presets/claims/*.json)
file(GLOB lessons CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/presets/lessons/*.json)
file(GLOB_RECURSE trained CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/presets/trained/*)
# Of the arithmetic, the network and the training, which change least: what a model finds in it should stay.
set(own_source)
foreach(files math/*.h math/*.cpp nn/*.h nn/*.cpp train/*.h train/*.cpp)
  file(GLOB found CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/core/${files})
  list(APPEND own_source ${found})
endforeach()
list(JOIN own_source "\n" own_source_list)
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/own_source.list CONTENT "${own_source_list}\n")
set(data_stamp ${CMAKE_BINARY_DIR}/data.stamp)
add_custom_command(OUTPUT ${data_stamp}
  COMMAND ${CMAKE_COMMAND} -E rm -rf ${CMAKE_BINARY_DIR}/assets/corpora ${CMAKE_BINARY_DIR}/assets/languages ${CMAKE_BINARY_DIR}/presets
  COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/assets/corpora ${CMAKE_BINARY_DIR}/presets
  COMMAND ${CMAKE_COMMAND} -E copy ${corpora} ${CMAKE_BINARY_DIR}/assets/corpora
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${PROJECT_SOURCE_DIR}/assets/languages ${CMAKE_BINARY_DIR}/assets/languages
  COMMAND ${CMAKE_COMMAND} -E copy ${presets} ${CMAKE_BINARY_DIR}/presets
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${PROJECT_SOURCE_DIR}/presets/claims ${CMAKE_BINARY_DIR}/presets/claims
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${PROJECT_SOURCE_DIR}/presets/lessons ${CMAKE_BINARY_DIR}/presets/lessons
  COMMAND ${CMAKE_COMMAND} -E copy_directory ${PROJECT_SOURCE_DIR}/presets/trained ${CMAKE_BINARY_DIR}/presets/trained
  COMMAND ${CMAKE_COMMAND} -DLIST=${CMAKE_BINARY_DIR}/own_source.list
          -DOUT=${CMAKE_BINARY_DIR}/assets/corpora/source.txt -P ${PROJECT_SOURCE_DIR}/cmake/join_files.cmake
  COMMAND ${CMAKE_COMMAND} -E touch ${data_stamp}
  DEPENDS ${corpora} ${languages} ${presets} ${claims} ${lessons} ${trained} ${own_source} ${PROJECT_SOURCE_DIR}/cmake/join_files.cmake
          ${CMAKE_BINARY_DIR}/own_source.list
  COMMENT "Putting texts, presets and lessons beside the program")
add_custom_target(gatescope_data ALL DEPENDS ${data_stamp})
