#include "cli/program_command.h"

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>

#include "app/build_info.h"
#include "cli/command_app.h"
#include "cli/command_model.h"
#include "cli/complain.h"
#include "cli/completion.h"
#include "cli/man_page.h"
#include "cli/schema_files.h"

namespace defenderd {
namespace {

constexpr int kGood = 0;
constexpr int kError = 2;

int print(std::string_view text) {
  const bool printed = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (printed && std::fflush(stdout) == 0) return kGood;
  return fail(kError, "cannot write to standard output");
}

// Without what the environment says, so that every build and every user gets the same.
ProgramModel own_model() {
  CommandLine line;
  return model_of(*make_app(line));
}

}  // namespace

int print_completion(const CommandLine& line) {
  const ProgramModel model = own_model();
  if (line.topic == "zsh") return print(zsh_completion(model));
  if (line.topic == "fish") return print(fish_completion(model));
  return print(bash_completion(model));
}

int print_schema(const CommandLine& line) {
  const std::string name =
      line.topic == "settings" ? "settings.schema.json" : "desired-state.schema.json";
  const auto& files = schema_files();
  const auto file = std::find_if(files.begin(), files.end(),
                                 [&](const SchemaFile& each) { return each.name == name; });
  return file == files.end() ? fail(kError, "a bug, please report it: no schema " + name)
                             : print(file->text);
}

int print_man_page() { return print(man_page(own_model(), kVersion)); }

}  // namespace defenderd
