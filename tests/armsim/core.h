#pragma once
// The simulator's memory and the way of a request through it. One lock guards everything: the
// handlers (pricings.h, entra.h, ...) run with it held and let go of it only while they wait.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <unordered_map>
#include <vector>

#include "armsim/activity.h"
#include "armsim/fault_book.h"
#include "armsim/http_message.h"
#include "armsim/request_log.h"
#include "armsim/route.h"
#include "armsim/simulator.h"

namespace armsim {

using TimePoint = std::chrono::system_clock::time_point;

// An access token as the ARM side knows it.
struct Token {
  std::uint64_t number = 0;  // 1, 2, 3 in the order of issue
  std::string tenant;
  std::string object_id;  // of the caller; in AuthorizationFailed
  std::string app_id;
  TimePoint expires;
};

// A subscription with what only the server knows of it.
struct Stored {
  Subscription subscription;
  bool writing = false;    // a pricing write is at work
  TimePoint busy_until{};  // its cool-down
  struct Level {           // of a token bucket, or of the window that a header counts
    double left = 0;
    TimePoint as_of{};
  };
  struct Version {  // as it was before a change
    Subscription subscription;
    TimePoint until;
  };
  std::vector<Version> before;  // oldest first
  TimePoint in_graph_since{};   // Resource Graph has known it
  struct Budget {
    Level read_bucket, write_bucket;
    Level read_window, write_window, ai_window;
  };
  std::map<std::string, Budget> budgets;  // by caller
  Counters counters;
  std::deque<Activity> activity;  // oldest first
};

// One request on its way. Lives as long as the request is handled.
struct Exchange {
  const HttpRequest& request;
  Route route;
  std::unique_lock<std::mutex>& lock;
  std::optional<Fault> fault;
  LoggedRequest entry;
  std::string base_url;     // as the client wrote it: its Host header
  std::string correlation;  // x-ms-correlation-request-id
  bool waited = false;      // the fault's delay is over
  bool is_late = false;     // a write that was answered 504, and has worked long enough
  std::string caller{};     // whose token it carries; "" without a valid one
};

class Core {
 public:
  explicit Core(Options the_options);

  // Answers one request: log, fault, dispatch. Takes the lock.
  HttpAnswer handle(const HttpRequest& request);

  // What follows needs the lock.
  [[nodiscard]] TimePoint now() const { return clock.wall_now() + offset; }
  [[nodiscard]] Stored* find(const std::string& id);
  [[nodiscard]] std::string new_guid();
  // What is left of the token bucket that this request takes from.
  [[nodiscard]] Stored::Level& bucket(Stored& stored, const Exchange& exchange, bool writes);
  // The client's own, or a new one.
  [[nodiscard]] std::string correlation_of(const HttpRequest& request);
  // Moves the simulator's clock on.
  void move_clock(std::chrono::milliseconds by);
  // Tells wait_for that something changed.
  void bump();
  // Lets others in for so long, or until the simulator stops.
  void wait(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds length);
  // The fault's delay and hold, once per request.
  void wait_for_fault(Exchange& exchange);
  // To be called before a change of a subscription: Resource Graph shows it as it was.
  void will_change(Stored& stored);
  // As Resource Graph knows it now; nullptr: not yet.
  [[nodiscard]] const Subscription* graph_view(const Stored& stored) const;
  // As a GET shows it now.
  [[nodiscard]] const Subscription& read_view(const Stored& stored) const;
  // A write works. False if ARM gives up waiting for it: it is answered 504, and lands later.
  [[nodiscard]] bool wait_for_write(Exchange& exchange);
  // Carries out the writes that were answered 504 and are due.
  void land_late_writes(std::unique_lock<std::mutex>& lock);
  // The write of this exchange has changed the world.
  void mark_applied(Exchange& exchange);

  Options options;
  const defenderd::SystemClock system_clock;
  const defenderd::Clock& clock;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;  // bump()
  std::condition_variable wake;             // release_held(), stop
  bool stopping = false;
  std::uint64_t version = 0;
  std::chrono::milliseconds offset{0};
  std::string base_url;
  std::map<std::string, Stored> subscriptions;  // by id in lower case
  struct Buckets {
    Stored::Level reads, writes;
  };
  std::map<std::string, Buckets> shared_buckets;  // by caller
  FaultBook faults;
  struct GraphQuota {
    int used = 0;
    TimePoint resets{};
  };
  std::map<std::string, GraphQuota> graph_quotas;  // by caller
  int held = 0;
  std::uint64_t releases = 0;
  int imds_gone = 0;
  std::unordered_map<std::string, Token> tokens;
  std::uint64_t tokens_issued = 0;
  std::deque<LoggedRequest> log;
  std::uint64_t sequence = 0;
  Counters totals;
  std::mt19937_64 random;
  struct LateWrite {
    TimePoint due;
    HttpRequest request;
  };
  std::deque<LateWrite> late_writes;

 private:
  HttpAnswer dispatch(Exchange& exchange);
  HttpAnswer dispatch_with_fault(Exchange& exchange);
  // As if the request were one for another subscription.
  HttpAnswer answer_about(Exchange& exchange, const std::string& subscription);
  [[nodiscard]] const Subscription& as_of(const Stored& stored, TimePoint then) const;
  HttpAnswer postpone(Exchange& exchange);
  void arrive(Exchange& exchange);
  void depart(Exchange& exchange, HttpAnswer& answer);
};

}  // namespace armsim
