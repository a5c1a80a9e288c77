#pragma once
// A state file in a fresh folder.

#include <gtest/gtest.h>
#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkdtemp is POSIX

#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "telemetry/state_document.h"

namespace defenderd {

class StateFolder : public testing::Test {
 protected:
  StateFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "state-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = name;
    path_ = folder_ + "/state.json";
  }
  ~StateFolder() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  static std::string text_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  // Of a document with a section `word`.
  [[nodiscard]] std::string saved_word() const {
    const auto document = parse_state_document(text_of(path_));
    return document ? document->sections.at("word") : document.error().message;
  }
  static void put(const std::string& path, const std::string& text) {
    std::ofstream(path, std::ios::binary) << text;
  }

  std::string folder_;
  std::string path_;
};

}  // namespace defenderd
