# cmake -DLIST=FILE -DOUT=FILE -DHEADER=H -DFUNCTION=F -P write_embedded.cmake: C++ with the bytes of the files named in
# LIST, one a line, and F, which finds them by their names.
file(STRINGS ${LIST} files)
set(arrays "")
set(choices "")
set(number 0)
foreach(file ${files})
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
  get_filename_component(name ${file} NAME)
  string(APPEND arrays "constexpr unsigned char file_${number}[] = {${bytes}0};\n")
  string(APPEND choices "  if (name == \"${name}\") return text(file_${number}, sizeof file_${number} - 1);\n")
  math(EXPR number "${number} + 1")
endforeach()
string(REGEX REPLACE "::[^:]*$" "" namespace ${FUNCTION})
string(REGEX REPLACE "^.*::" "" function ${FUNCTION})
file(WRITE ${OUT} "// Written by cmake/write_embedded.cmake.
#include \"${HEADER}\"

#include <cstddef>

namespace {

std::string_view text(const unsigned char* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

${arrays}
}  // namespace

namespace ${namespace} {

std::string_view ${function}(std::string_view name) {
${choices}  return {};
}

}  // namespace ${namespace}
")
