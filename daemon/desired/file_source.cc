#include "desired/file_source.h"

#include "desired/content_hash.h"

namespace defenderd {
namespace {

// A file that never comes to rest is taken as it is after so many looks.
constexpr int kMaxLooks = 5;

std::string hash_of(const FileSet::Texts& texts) {
  if (!texts) return "problem " + format(texts.error());
  std::vector<std::string_view> parts;
  for (const NamedText& file : *texts) {
    parts.emplace_back(file.name);
    parts.emplace_back(file.text);
  }
  return content_hash(parts);
}

}  // namespace

std::optional<FileSet::Texts> FileSource::poll() {
  // Stamps first: what is written after this look leaves another stamp for the next one.
  auto stamps = files_.stamps();
  if (confirmed_ && stamps == stamps_) return std::nullopt;
  auto texts = files_.load();
  std::string seen = hash_of(texts);
  // A stamp alone proves nothing: a write within the resolution of the file's clock leaves it as it
  // was. So the content is read once more before its stamp is trusted.
  confirmed_ = stamps == stamps_ && seen == seen_;
  const bool same_twice = seen == seen_;
  stamps_ = std::move(stamps);
  seen_ = std::move(seen);
  if (seen_ == given_) {
    looks_ = 0;
    return std::nullopt;
  }
  ++looks_;
  if (!given_.empty() && !same_twice && looks_ < kMaxLooks) return std::nullopt;
  looks_ = 0;
  given_ = seen_;
  return texts;
}

}  // namespace defenderd
