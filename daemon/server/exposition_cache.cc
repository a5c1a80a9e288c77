#include "server/exposition_cache.h"

#include <string>
#include <utility>

#include "server/gzip.h"

namespace defenderd {

ExpositionCache::ExpositionCache(Render render, std::function<SteadyTime()> now)
    : render_(std::move(render)), now_(std::move(now)) {}

bool ExpositionCache::fresh(const Kept& kept) const {
  return kept.text != nullptr && now_() - kept.made < kFresh;
}

std::shared_ptr<const Pieces> ExpositionCache::get(ExpositionFormat format, bool gzipped) {
  const MutexLock lock(mutex_);
  Format& kept = formats_[static_cast<std::size_t>(format)];
  Kept& wanted = gzipped ? kept.gzipped : kept.plain;
  if (fresh(wanted)) return wanted.text;
  wanted.text.reset();  // before the next is created, to save memory
  wanted.text = gzipped ? this->gzipped(format, kept.plain) : plain(format);
  wanted.made = now_();
  return wanted.text;
}

std::shared_ptr<const Pieces> ExpositionCache::plain(ExpositionFormat format) const {
  auto pieces = std::make_shared<Pieces>();
  render_(format, [&](std::string_view text) { pieces->add(text); });
  return pieces;
}

// Of the plain text if there is one, else while it is written.
std::shared_ptr<const Pieces> ExpositionCache::gzipped(ExpositionFormat format,
                                                       const Kept& plain) const {
  GzipWriter gzip;
  if (fresh(plain)) {
    for (std::size_t at = 0; at < plain.text->size();) {
      const std::string_view piece = plain.text->from(at);
      gzip.add(piece);
      at += piece.size();
    }
  } else {
    render_(format, [&](std::string_view text) { gzip.add(text); });
  }
  const std::string packed = gzip.finish();
  if (packed.empty()) return nullptr;
  auto pieces = std::make_shared<Pieces>();
  pieces->add(packed);
  return pieces;
}

void ExpositionCache::rest() {
  const MutexLock lock(mutex_);
  for (Format& format : formats_) {
    if (!fresh(format.plain)) format.plain.text.reset();
    if (!fresh(format.gzipped)) format.gzipped.text.reset();
  }
}

}  // namespace defenderd
