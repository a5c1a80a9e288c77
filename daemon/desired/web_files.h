#pragma once
// The web configuration and the certificates that it names, as one content: a FileSource says when
// all of them are at rest.

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "desired/load.h"
#include "desired/web_config.h"

namespace defenderd {

class WebFiles final : public Files {
 public:
  // `path`: of the web configuration. Reads it, to know what it names.
  explicit WebFiles(std::string path);

  [[nodiscard]] const std::string& path() const override { return path_; }
  // Also of what it no longer names: that did not disappear.
  [[nodiscard]] std::vector<FileStamp> stamps() const override;
  // The configuration first. Instead of a key its hash, so that no copy of the key is kept.
  [[nodiscard]] Texts load() const override;
  [[nodiscard]] bool none_open_for_writing(const std::vector<std::string>& names) const override;

  // What the last load() has read of a file that the configuration names.
  [[nodiscard]] Secret pem(const std::string& path) const;
  // The configuration and all that it has named so far.
  [[nodiscard]] std::vector<std::string> names() const { return {names_.begin(), names_.end()}; }

 private:
  // Its user has one thread at a time.
  mutable std::set<std::string> names_;
  mutable std::map<std::string, Secret> pems_;
  const std::string path_;
};

}  // namespace defenderd
