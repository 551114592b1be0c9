# cmake -DLIST=FILE -DOUT=FILE -P join_files.cmake: writes the files named in LIST, one a line, one after the other.
file(STRINGS ${LIST} files)
set(text "")
foreach(file ${files})
  file(READ ${file} content)
  string(APPEND text "${content}")
endforeach()
file(WRITE ${OUT} "${text}")
