#include "telemetry/state_keeper.h"

#include <algorithm>
#include <utility>

#include "base/list_text.h"
#include "telemetry/state_document.h"

namespace defenderd {
namespace {

constexpr Duration kBetweenSaves = std::chrono::seconds(5);
constexpr Duration kBetweenChecks = std::chrono::seconds(20);
// Of a large fleet, each save writes a megabyte, and something is always being observed.
constexpr Duration kBetweenAges = std::chrono::minutes(1);
// Two clocks that are read one after the other differ by less, unless one was set.
constexpr Duration kClockWasSet = std::chrono::seconds(1);

constexpr const char* kForgotten =
    " What it held is forgotten: how long states and drifts have lasted, which codes were used, "
    "and what was switched within the brakes' window, which is read from the journal, if there is "
    "one";
constexpr const char* kGoesOnWithout =
    " The command continues without what it holds: extensions that failed, the codes that were "
    "used, and what was switched within the brakes' window";

Duration wall_ahead_of_steady(const Clock& clock) {
  return std::chrono::duration_cast<Duration>(clock.wall_now().time_since_epoch()) -
         clock.steady_now().time_since_epoch();
}

// Of ten thousand subscriptions, the text is a megabyte.
std::map<std::string, std::size_t> hashes_of(const std::map<std::string, std::string>& sections) {
  std::map<std::string, std::size_t> hashes;
  for (const auto& [name, text] : sections) hashes.emplace(name, std::hash<std::string>()(text));
  return hashes;
}

}  // namespace

StateKeeper::StateKeeper(std::unique_ptr<StateStore> store, Clock& clock, Logger& log,
                         std::vector<StateSection> sections, Options options)
    : store_(std::move(store)),
      clock_(clock),
      log_(log),
      sections_(std::move(sections)),
      options_(std::move(options)),
      wall_ahead_(wall_ahead_of_steady(clock)) {}

StateSection::Revision StateKeeper::revision() const {
  StateSection::Revision sum;
  for (const StateSection& section : sections_) {
    const StateSection::Revision revision = section.revision();
    sum.any += revision.any;
    sum.before_write += revision.before_write;
    sum.ages += revision.ages;
  }
  return sum;
}

// Why the document cannot be used, or not all of it; "" if it can, or there is none.
std::string StateKeeper::read_document() {
  auto text = store_->load();
  auto document =
      text && *text ? parse_state_document(**text) : Result<StateDocument>(StateDocument{});
  if (text) text->reset();  // its memory is needed for the sections
  if (document) unknown_ = std::move(document->sections);
  std::string bad;
  if (!text) bad = text.error().message;
  if (!document) bad = document.error().message;
  for (const StateSection& section : sections_) {
    const auto saved = unknown_.find(section.name);
    const bool is_there = saved != unknown_.end();
    const auto read =
        is_there ? section.read(saved->second, document->saved) : Result<Done>(Done{});
    if (is_there) unknown_.erase(saved);
    if (!read) bad = read.error().message;
    if ((!is_there || !read) && section.rebuild) section.rebuild();
  }
  return bad;
}

std::string StateKeeper::load() {
  if (!store_) return {};
  std::string bad;
  std::optional<News> news;
  {
    const MutexLock lock(mutex_);
    bad = read_document();
    if (!options_.read_only) {
      if (!bad.empty()) {
        const auto aside = store_->set_aside();
        if (aside) bad += "; it was moved to " + *aside;
        if (!aside && aside.error().message != bad) bad += "; " + aside.error().message;
      }
      news = save(revision());
      stored_at_.reset();  // the first write of a new leader does not wait for this one
    }
  }
  if (!bad.empty()) {
    report(News{true, "the saved state cannot be used: " + bad + (bad.ends_with('?') ? "" : ".") +
                          (options_.read_only ? kGoesOnWithout : kForgotten)});
  }
  report(news);
  return bad;
}

// Who waits does so without the lock: a freeze or a stop saves at once, and that serves all who
// wait.
void StateKeeper::before_write() {
  if (!store_ || options_.read_only) return;
  const std::uint64_t needed = revision().before_write;
  while (const auto next = shared_save(needed)) {
    if (!clock_.sleep_until(*next, hurry_.get_token())) break;
  }
  std::optional<News> news;
  {
    const MutexLock lock(mutex_);
    if (durable_.before_write < needed) news = save(revision());
  }
  report(news);
}

// When to save what is needed; nullopt: now, or it is saved already. After a save that failed
// nobody waits: that would only slow down the writes.
std::optional<SteadyTime> StateKeeper::shared_save(std::uint64_t needed) {
  const MutexLock lock(mutex_);
  if (durable_.before_write >= needed || failing_ || !stored_at_ || !options_.may_save())
    return std::nullopt;
  const SteadyTime next = *stored_at_ + options_.min_gap;
  return next > clock_.steady_now() ? std::optional(next) : std::nullopt;
}

void StateKeeper::step() { static_cast<void>(save_changes(Ages::OnceAMinute)); }

Result<Done> StateKeeper::save_now() { return save_changes(Ages::AtOnce); }

Result<Done> StateKeeper::save_changes(Ages ages) {
  if (!store_ || options_.read_only) return Done{};
  std::optional<News> news;
  std::string why_not;
  {
    const MutexLock lock(mutex_);
    const StateSection::Revision now = revision();
    const bool clock_was_set =
        std::chrono::abs(wall_ahead_of_steady(clock_) - wall_ahead_) > kClockWasSet;
    const bool ages_are_due =
        ages == Ages::AtOnce || !stored_at_ || clock_.steady_now() - *stored_at_ >= kBetweenAges;
    const bool has_aged = now.ages != durable_.ages && ages_are_due;
    if (now.any != durable_.any || now.before_write != durable_.before_write || has_aged ||
        clock_was_set) {
      news = save(now);
      why_not = why_not_;
    }
  }
  report(news);
  if (!why_not.empty()) return Unexpected(Error{std::move(why_not)});
  return Done{};
}

std::vector<std::string> StateKeeper::shrink(StateDocument& document, std::string& text) const {
  std::vector<const StateSection*> expendable;
  for (const StateSection& section : sections_) {
    if (section.expendable > 0) expendable.push_back(&section);
  }
  std::sort(expendable.begin(), expendable.end(),
            [](const auto* a, const auto* b) { return a->expendable > b->expendable; });
  std::vector<std::string> left_out;
  for (const StateSection* const section : expendable) {
    if (is_bounded_state(text) && store_->fits(text)) break;
    if (document.sections.erase(section->name) == 0) continue;
    left_out.push_back(section->name);
    text = format(document);
  }
  return left_out;
}

Result<Done> StateKeeper::store(const std::string& text) {
  if (is_bounded_state(text)) return store_->save(text);
  return Unexpected(Error{"the state is not saved: it has more than " +
                          std::to_string(kMaxStateValues) + " values"});
}

// `now` is read before the sections, so that no change is missed.
std::optional<StateKeeper::News> StateKeeper::save(StateSection::Revision now) {
  if (!options_.may_save()) {
    why_not_ = "this process may not write the state now";
    return std::nullopt;
  }
  StateDocument document{clock_.wall_now(), unknown_};
  const Duration wall_ahead = wall_ahead_of_steady(clock_);
  for (const StateSection& section : sections_) {
    document.sections.insert_or_assign(section.name, section.write());
  }
  auto hashes = hashes_of(document.sections);
  std::vector<std::string> left_out = left_out_;
  if (hashes != saved_) {
    std::string text = format(document);
    left_out = shrink(document, text);
    if (const auto written = store(text); !written) {
      if (options_.on_write_error) options_.on_write_error();
      why_not_ = written.error().message;
      if (std::exchange(failing_, true)) return std::nullopt;
      const std::string& why = written.error().message;
      return News{true, why + (why.ends_with('?') ? " Work" : "; work") +
                            " continues, and saving is retried. Until then a restart forgets what "
                            "happened since it was last saved"};
    }
    saved_ = std::move(hashes);
    stored_at_ = clock_.steady_now();
  }
  why_not_.clear();
  durable_ = now;
  wall_ahead_ = wall_ahead;
  const bool failed = std::exchange(failing_, false);
  if (left_out != std::exchange(left_out_, left_out)) {
    if (left_out.empty()) return News{false, "the whole state can be stored again"};
    return News{true, "the state exceeds the size limit of its storage, so a restart forgets " +
                          std::to_string(left_out.size()) +
                          " of its sections: " + joined(left_out)};
  }
  if (!failed) return std::nullopt;
  return News{false, "the state can be saved again; nothing is missing from it"};
}

// What is saved only when it changes would otherwise be missing after the next restart.
void StateKeeper::check_store() {
  if (!store_ || options_.read_only) return;
  std::optional<News> news;
  bool replaced = false;
  {
    const MutexLock lock(mutex_);
    if (saved_.empty() || !options_.may_save()) return;
    replaced = store_->was_replaced();
    if (replaced) {
      saved_.clear();
      news = save(revision());
    }
  }
  if (replaced)
    report(News{true, "something else has removed or replaced the saved state; it is saved again"});
  report(news);
}

void StateKeeper::report(const std::optional<News>& news) const {
  if (!news) return;
  log_.log(news->bad ? LogLevel::Error : LogLevel::Info, log_event::kState, news->message);
}

void StateKeeper::run(const std::stop_token& stop) {
  SteadyTime checked = clock_.steady_now();
  while (clock_.sleep_until(clock_.steady_now() + kBetweenSaves, stop)) {
    step();
    if (clock_.steady_now() - checked < kBetweenChecks) continue;
    checked = clock_.steady_now();
    check_store();
  }
}

}  // namespace defenderd
