#pragma once
// Faults to inject: which requests they hit, and what then happens to them.

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kubesim {

enum class FaultKind {
  Answer,       // `status` instead of the true answer
  Drop,         // the connection breaks, and not one byte is answered
  Slow,         // only `delay` or `hold`
  Truncate,     // carried out; the connection breaks after `bytes` of the answer's body
  Drip,         // carried out; the body comes `bytes` at a time, `delay` apart
  ReplaceBody,  // carried out; `message` stands in for the body, with `status`
};

[[nodiscard]] std::string_view to_string(FaultKind kind);
[[nodiscard]] std::optional<FaultKind> parse_fault_kind(std::string_view text);

// Whether the request was carried out before the fault: a write then counts, though its answer
// lies or is lost.
enum class When { Before, After };

struct Fault {
  FaultKind kind = FaultKind::Answer;
  When when = When::Before;   // of Answer, Drop and Slow
  std::string verb{};         // get, list, create, update, patch, delete; "" = every one
  std::string resource{};     // leases, configmaps, namespaces; "" = every one, and discovery
  std::string name{};         // of the object; "" = every one
  int after = 0;              // so many matching requests pass first
  int times = 1;              // hits until it is used up; 0 = never used up
  int status = 500;           // of Answer and ReplaceBody
  std::string message{};      // "" = the words that Kubernetes has for the status
  std::string retry_after{};  // the header's text; "" = no header
  std::chrono::milliseconds delay{0};
  bool hold = false;  // waits at the same place as `delay`, until Simulator::release_held()
  std::size_t bytes = 1;

  // The most used ones in a few words.
  static Fault answer(int status, When when = When::Before);
  static Fault throttle(std::string retry_after);  // 429
  static Fault drop(When when = When::Before);
  static Fault slow(std::chrono::milliseconds delay, When when = When::Before);
  static Fault held(When when = When::Before);
  static Fault of(FaultKind kind);
  // The same fault, for some requests / so many times, 0 = always / after so many requests.
  [[nodiscard]] Fault on(std::string verb, std::string resource = "", std::string name = "") const;
  [[nodiscard]] Fault repeated(int count) const;
  [[nodiscard]] Fault after_first(int count) const;
};

// The faults that are still to come. Not thread-safe: the core's lock guards it.
class FaultBook {
 public:
  void add(Fault fault) { faults_.push_back(std::move(fault)); }
  void clear() { faults_.clear(); }
  // Those that are not used up, with the hits that each has left.
  [[nodiscard]] const std::vector<Fault>& list() const { return faults_; }
  // The first fault that matches this request; it has one hit less from then on.
  [[nodiscard]] std::optional<Fault> take(const std::string& verb, const std::string& resource,
                                          const std::string& name);

 private:
  std::vector<Fault> faults_;
};

}  // namespace kubesim
