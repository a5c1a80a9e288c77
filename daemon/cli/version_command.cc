#include "cli/version_command.h"

#include "app/build_info.h"
#include "base/json_writer.h"

namespace defenderd {

std::string version_text() {
  std::string text = "defenderd " + std::string(kVersion) + " (revision " + std::string(kRevision) +
                     ")\ncompiler: " + std::string(kCompiler) + "\nlibraries:";
  const char* separator = " ";
  for (const Library& library : build_libraries()) {
    text.append(separator).append(library.name).append(" ").append(library.version);
    separator = ", ";
  }
  return text + "\n";
}

std::string version_json() {
  JsonWriter writer;
  writer.begin_object();
  writer.member("version", kVersion);
  writer.member("revision", kRevision);
  writer.member("compiler", kCompiler);
  writer.key("libraries");
  writer.begin_object();
  for (const Library& library : build_libraries()) writer.member(library.name, library.version);
  writer.end_object();
  writer.end_object();
  return writer.take() + "\n";
}

}  // namespace defenderd
