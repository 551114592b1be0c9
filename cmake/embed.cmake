# gatescope_embed(TARGET HEADER FUNCTION FILE...): a source of TARGET that holds the files' bytes, and defines FUNCTION,
# which HEADER declares, to find one by its name.
function(gatescope_embed target header function)
  set(out ${CMAKE_BINARY_DIR}/generated/${target}_files.cpp)
  list(JOIN ARGN "\n" list)
  file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/generated/${target}_files.list CONTENT "${list}\n")
  add_custom_command(OUTPUT ${out}
    COMMAND ${CMAKE_COMMAND} -DLIST=${CMAKE_BINARY_DIR}/generated/${target}_files.list -DOUT=${out}
            -DHEADER=${header} -DFUNCTION=${function} -P ${PROJECT_SOURCE_DIR}/cmake/write_embedded.cmake
    DEPENDS ${ARGN} ${CMAKE_BINARY_DIR}/generated/${target}_files.list ${PROJECT_SOURCE_DIR}/cmake/write_embedded.cmake
    COMMENT "Embedding files into ${target}")
  target_sources(${target} PRIVATE ${out})
  set_source_files_properties(${out} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()
