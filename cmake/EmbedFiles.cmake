# Run as a script: writes OUTPUT, a source with the files INPUTS as text, which page_files() of
# server/page_files.h returns. So the program is a single file.

set(rows "")
foreach(input IN LISTS INPUTS)
  get_filename_component(name ${input} NAME)
  file(READ ${input} content)
  string(FIND "${content}" ")_page_\"" end_mark)
  if(NOT end_mark EQUAL -1)
    message(FATAL_ERROR "${input} holds the mark that ends a raw string")
  endif()
  string(APPEND rows "    {\"/${name}\", R\"_page_(${content})_page_\"},\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"server/page_files.h\"

namespace defenderd {

const std::vector<PageFile>& page_files() {
  static const std::vector<PageFile> kFiles{
${rows}  };
  return kFiles;
}

}  // namespace defenderd
")
