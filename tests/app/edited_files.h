#pragma once
// The two files in a fresh folder, for a Reloader to follow.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "app/reloader.h"
#include "desired/temp_folder.h"
#include "support/ids.h"

namespace defenderd {

class EditedFiles {
 public:
  EditedFiles() {
    settings("");
    desired(2);
  }
  [[nodiscard]] Reloader::Paths paths() const {
    return {folder_.path("config.yaml"), folder_.path("desired.yaml")};
  }

  // `log.level` and whatever else.
  void settings(const std::string& more) const {
    folder_.replace("config.yaml", "apiVersion: defenderd/v1\nkind: Settings\n" + more);
  }
  void desired(unsigned count) const {
    std::string text =
        "apiVersion: defenderd/v1\nkind: DesiredState\ndefaults: {mode: enforce}\nsubscriptions:\n";
    for (unsigned n = 1; n <= count; ++n) {
      text += "  - {id: " + guid(n) + ", plan: on}\n";
    }
    folder_.replace("desired.yaml", text);
  }
  void desired_text(const std::string& text) const { folder_.replace("desired.yaml", text); }

 private:
  TempFolder folder_;
};

// A Config that has loaded them.
struct LoadedFiles {
  LoadedFiles(const EditedFiles& files, Clock& clock)
      : config(std::make_unique<Config>(files.paths().config, files.paths().desired)) {
    auto result = config->load(clock, {}, [](const std::string&) {});
    if (!result) throw std::runtime_error(format(result.error()));
    loaded = *std::move(result);
  }
  std::unique_ptr<Config> config;
  Config::Loaded loaded;
};

}  // namespace defenderd
