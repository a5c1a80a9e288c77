#include "desired/corpus.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <sstream>

#include "desired/read_desired.h"
#include "desired/read_settings.h"
#include "source_dir.h"

namespace defenderd {
namespace {

namespace fs = std::filesystem;

std::string text_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string without_marks(const std::string& text) {
  std::istringstream lines(text);
  std::string result;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with('#')) result += line + "\n";
  }
  return result;
}

}  // namespace

std::vector<CorpusCase> read_corpus(const std::string& kind) {
  std::vector<CorpusCase> cases;
  for (const auto& entry :
       fs::directory_iterator(DEFENDERD_SOURCE_DIR "/tests/data/desired/" + kind)) {
    if (entry.path().extension() == ".expected") continue;
    CorpusCase one{
        .name = entry.path().stem().string(), .is_settings = false, .files = {}, .expected = {}};
    one.is_settings = one.name.starts_with("settings_");
    if (entry.is_directory()) {
      for (const auto& file : fs::directory_iterator(entry.path())) {
        one.files.push_back({file.path().filename().string(), text_of(file.path())});
      }
      std::sort(one.files.begin(), one.files.end(),
                [](const NamedText& a, const NamedText& b) { return a.name < b.name; });
    } else {
      one.files.push_back({entry.path().filename().string(), text_of(entry.path())});
    }
    one.expected = without_marks(text_of(entry.path().parent_path() / (one.name + ".expected")));
    cases.push_back(std::move(one));
  }
  std::sort(cases.begin(), cases.end(),
            [](const CorpusCase& a, const CorpusCase& b) { return a.name < b.name; });
  return cases;
}

std::string problems_of(const CorpusCase& one) {
  if (one.is_settings) {
    const auto settings = read_settings(one.files.at(0).text, one.files.at(0).name);
    return settings ? "" : format(settings.error());
  }
  const auto desired = read_desired(one.files);
  return desired ? "" : format(desired.error());
}

void PrintTo(const CorpusCase& one, std::ostream* out) { *out << one.name; }

}  // namespace defenderd
