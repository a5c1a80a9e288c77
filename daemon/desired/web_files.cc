#include "desired/web_files.h"

#include <optional>
#include <utility>

#include "base/read_file.h"
#include "base/scrub.h"
#include "base/slow_call.h"
#include "desired/content_hash.h"
#include "desired/open_writers.h"

namespace defenderd {
namespace {

constexpr std::size_t kMaxFile = std::size_t{1} << 20U;

// Those that a configuration names, each once.
std::set<std::string> named_by(const Result<WebConfig>& config) {
  std::set<std::string> names;
  if (!config || !config->tls) return names;
  for (const std::string* const name :
       {&config->tls->cert_file, &config->tls->key_file, &config->tls->client_ca_file}) {
    if (!name->empty()) names.insert(*name);
  }
  return names;
}

// The last line of a PEM file shows that it is complete.
std::string with_line_end(std::string pem) {
  if (pem.ends_with("-----")) pem += '\n';
  return pem;
}

}  // namespace

WebFiles::WebFiles(std::string path)
    : names_(named_by(read_web_config_file(path).content)), path_(std::move(path)) {
  names_.insert(path_);
}

std::vector<FileStamp> WebFiles::stamps() const {
  auto stamps = within(kFileDeadline, path_, [names = names_] {
    std::vector<FileStamp> result;
    result.reserve(names.size());
    for (const std::string& name : names) result.push_back(stamp_of(name));
    return Result<std::vector<FileStamp>>(std::move(result));
  });
  return stamps ? *std::move(stamps) : std::vector<FileStamp>();
}

Files::Texts WebFiles::load() const {
  auto read = read_web_config_file(path_);
  if (!read.text)
    return Unexpected(std::vector<Problem>{{.message = std::move(read.text.error().message)}});
  std::vector<NamedText> texts{{path_, *std::move(read.text)}};
  std::vector<Problem> problems;
  pems_.clear();
  for (const std::string& name : named_by(read.content)) {
    names_.insert(name);
    auto text = read_file(name, kMaxFile);
    if (!text) {
      problems.push_back(
          {.file = path_,
           .message = "cannot read " + shown_path(name) + ": " + text.error().message});
      continue;
    }
    const Secret& pem = pems_[name] = Secret(*std::move(text));
    const bool is_key = name == read.content->tls->key_file;
    texts.push_back(
        {name, is_key ? content_hash({pem.reveal()}) + '\n' : with_line_end(pem.reveal())});
  }
  if (!problems.empty()) return Unexpected(std::move(problems));
  return texts;
}

bool WebFiles::none_open_for_writing(const std::vector<std::string>& names) const {
  return defenderd::none_open_for_writing(names);
}

Secret WebFiles::pem(const std::string& path) const {
  const auto found = pems_.find(path);
  return found == pems_.end() ? Secret() : found->second;
}

}  // namespace defenderd
