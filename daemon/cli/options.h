#pragma once
// The command line as a value.

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/selection.h"
#include "core/write_gate.h"

namespace defenderd {

enum class Command {
  Run,
  Check,
  Diff,
  Apply,
  Findings,
  Import,
  Journal,
  Healthcheck,
  Freeze,
  Thaw,
  Report,
  Help,
  Completion,
  Schema,
  Man,
  Version
};

struct CommandLine {
  Command command = Command::Run;
  std::string config_path = "/etc/defenderd/defenderd.yaml";
  std::string desired_path = "/etc/defenderd/subscriptions.yaml";
  bool config_given = false;  // on the command line or in the environment
  bool desired_given = false;
  std::string against = {};  // of check: the desired state that was in force; "" is none
  std::string from = {};     // of diff: the desired state to compare with; "" compares with Azure
  WritePermit permit = {};
  bool summary = false;           // of the journal, instead of its lines
  std::string journal_file = {};  // "": the one that the settings name
  std::string since = {};         // a duration or a time, as written; "" is from the start
  std::string subscription = {};  // a GUID, as written; "" is all
  bool as_json = false;
  std::string form = "table";           // -o: "table", "json", and others that the command has
  std::string output_file = {};         // of import and report; "" is stdout
  std::string topic = {};               // of help, completion and schema: about what
  std::string mode = "observe";         // of import
  std::string tenant = {};              // of import: a GUID, as written; "" is the default one
  std::string url = {};                 // of the daemon to call; "" is where the settings say
  std::string timeout = "5s";           // of healthcheck: a duration, as written
  std::string confirm = {};             // code of the held changes to confirm
  Selection selection = {};             // of diff and apply
  std::optional<std::size_t> max = {};  // of apply: subscriptions to write
  bool yes = false;                     // of apply: without a question
  bool dry_run = false;                 // of apply: do as diff does
  // Of freeze and thaw, as written.
  struct Order {
    std::string reason = {};
    std::string by = {};  // "" is the user who runs this process
    std::string until = {};
    std::string length = {};
    std::string except = {};
    std::vector<std::string> owners = {};
    std::vector<std::string> freezes = {};  // to end: ids or reasons
    bool all = false;
  };
  Order order = {};
};

// What to print and how to end instead of running a command: help, or what is wrong.
struct EarlyExit {
  int code = 0;
  std::string text;  // for stdout when code is 0, else for stderr; ends with a line feed
};

// DEFENDERD_CONFIG and DEFENDERD_DESIRED name the files if no option does.
[[nodiscard]] Result<CommandLine, EarlyExit> parse_command_line(int argc, const char* const* argv);

}  // namespace defenderd
