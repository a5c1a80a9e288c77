#pragma once
// Leader election by a lease that several processes compete for, as client-go does it and stricter:
// what a record means, when it may be taken, and until when its holder may write. Pure.
//
// Nothing here compares a time that another process wrote with a clock of ours: clocks differ. A
// record counts from the moment when this process last saw it change, on a clock that also runs
// while the machine is suspended.
// https://github.com/kubernetes/client-go/blob/master/tools/leaderelection/leaderelection.go

#include <optional>
#include <string>

#include "base/clock.h"

namespace defenderd {

struct LeaseTiming {
  Duration duration = std::chrono::seconds(15);  // others wait this long after a renewal
  // A leader that cannot renew for this long stops writing, or earlier (term_after()).
  Duration renew_deadline = std::chrono::seconds(10);
  Duration retry_period = std::chrono::seconds(2);  // between two attempts
  bool operator==(const LeaseTiming&) const = default;
};

// What the lease says.
struct LeaseRecord {
  std::string holder = {};  // "": none, it was released
  // nullopt if it is missing or makes no sense.
  std::optional<Duration> duration = {};
  std::string acquired = {};  // as it is written, to be kept
  int transitions = 0;        // how often it changed hands
  std::string url = {};       // where the holder's page is; "" if it did not say
  std::string renewed = {};   // as it is written: any change of it is a renewal
  bool operator==(const LeaseRecord&) const = default;
};

// What one process knows of the lease.
class LeaseView {
 public:
  LeaseView(std::string identity, LeaseTiming timing)
      : identity_(std::move(identity)), timing_(timing) {}

  // The lease was read: `now` is when the answer had arrived.
  void saw(const LeaseRecord& record, SteadyTime now);
  // The lease is ours: `sent` is when the request was sent, which is on the safe side.
  void renewed(const LeaseRecord& record, SteadyTime sent);

  // Whether somebody else holds it, as far as is known: from the last change on, for as long as the
  // record says. A record without a usable duration is believed for ours.
  [[nodiscard]] bool is_held_by_other(SteadyTime now) const;
  // Whether the record names this process.
  [[nodiscard]] bool is_mine() const { return record_ && record_->holder == identity_; }
  // Whether the record is as old as its duration: whoever held it, another may have taken it.
  [[nodiscard]] bool is_over(SteadyTime now) const;
  // The record that takes or renews it; `now_text` is RFC 3339 for people.
  [[nodiscard]] LeaseRecord mine(const std::string& now_text, const std::string& url) const;

  // nullopt before it was seen.
  [[nodiscard]] const std::optional<LeaseRecord>& record() const { return record_; }

 private:
  const std::string identity_;
  const LeaseTiming timing_;
  std::optional<LeaseRecord> record_;
  SteadyTime changed_{};  // when record_ was last seen to change
};

// What a lease that this process renewed allows. Another process may take it when `duration` has
// passed on its clock, and clocks may differ by a tenth in either direction: a write has ended
// after four fifths.
struct LeaseTerm {
  SteadyTime begin_until;  // no write begins later
  SteadyTime end_until;    // each write has ended by then
};
[[nodiscard]] LeaseTerm term_after(SteadyTime renewed, const LeaseTiming& timing);

// Why these values do not fit together, for people; "" if they do.
[[nodiscard]] std::string conflict_in(const LeaseTiming& timing);

// The wait between two attempts of one who does not lead: `chance` in [0, 1).
[[nodiscard]] Duration candidate_pause(const LeaseTiming& timing, double chance);

// The same while somebody else holds it: shorter than client-go's, so that a lease that is
// given back is taken within a retry period.
[[nodiscard]] Duration standby_pause(const LeaseTiming& timing, double chance);

// The longest wait for the API server: several attempts must fit before the deadline.
[[nodiscard]] Duration lease_request_timeout(const LeaseTiming& timing);

}  // namespace defenderd
