# Run as a script: writes OUTPUT, a source with the files INPUTS as text, which the function FUNCTION of HEADER
# returns as a vector of TYPE: their names with PREFIX, and their contents. So the program is a single file.

set(rows "")
foreach(input IN LISTS INPUTS)
  get_filename_component(name ${input} NAME)
  file(READ ${input} content)
  string(FIND "${content}" ")_file_\"" end_mark)
  if(NOT end_mark EQUAL -1)
    message(FATAL_ERROR "${input} holds the mark that ends a raw string")
  endif()
  string(APPEND rows "    {\"${PREFIX}${name}\", R\"_file_(${content})_file_\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"${HEADER}\"

namespace defenderd {

const std::vector<${TYPE}>& ${FUNCTION}() {
  static const std::vector<${TYPE}> kFiles{
${rows}  };
  return kFiles;
}

}  // namespace defenderd
")
