# gatescope_fmt: fmt without a shared library of its own, so that one package serves releases of a distribution whose
# libraries differ in name (libfmt9, libfmt10). A static library, as vcpkg has it, is taken as it is.
get_target_property(fmt_kind fmt::fmt TYPE)
if(fmt_kind STREQUAL "SHARED_LIBRARY" AND fmt_VERSION VERSION_GREATER_EQUAL 9 AND fmt_VERSION VERSION_LESS 11)
  add_library(gatescope_fmt STATIC ${PROJECT_SOURCE_DIR}/cmake/compiled_in/fmt.cpp)
  target_include_directories(gatescope_fmt SYSTEM PUBLIC $<TARGET_PROPERTY:fmt::fmt,INTERFACE_INCLUDE_DIRECTORIES>)
  target_compile_definitions(gatescope_fmt PUBLIC $<TARGET_PROPERTY:fmt::fmt,INTERFACE_COMPILE_DEFINITIONS>)
else()
  add_library(gatescope_fmt INTERFACE)
  target_link_libraries(gatescope_fmt INTERFACE fmt::fmt)
endif()
