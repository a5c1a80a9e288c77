#pragma once
// The simulator's memory and the way of a request through it. One lock guards everything; a request
// lets go of it only to wait.

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "kubesim/fault.h"
#include "kubesim/route.h"
#include "kubesim/schema.h"
#include "kubesim/simulator.h"

namespace kubesim {

// One request on its way. Lives as long as the request is handled.
struct Exchange {
  const HttpRequest& request;
  Route route;
  std::unique_lock<std::mutex>& lock;
  std::optional<Fault> fault{};
  LoggedRequest entry{};
};

class Core {
 public:
  explicit Core(Options the_options);

  // Answers one request. Takes the lock.
  HttpAnswer handle(const HttpRequest& request);

  // What follows needs the lock.
  using ObjectKey = std::tuple<const Resource*, std::string, std::string>;  // namespace, name

  [[nodiscard]] defenderd::WallTime now() const { return clock.wall_now(); }
  [[nodiscard]] std::string user() const;  // "system:serviceaccount:defender:defenderd"
  [[nodiscard]] bool allowed(const std::string& verb, const Resource& resource) const;
  [[nodiscard]] const Json* find(const Resource& resource, const std::string& ns,
                                 const std::string& name) const;
  // Stores it with a new resourceVersion, and with the uid and age of the one that it replaces.
  // `manager` stands in managedFields.
  const Json& store(const Resource& resource, Json object, const std::string& manager);
  void erase(const Resource& resource, const std::string& ns, const std::string& name);
  void add_namespace(const std::string& ns);
  [[nodiscard]] std::string random_letters(std::size_t count);
  // Tells wait_for that something changed.
  void bump();

  Options options;
  const defenderd::SystemClock system_clock;
  const defenderd::Clock& clock;
  mutable std::mutex mutex;
  mutable std::condition_variable changed;  // bump()
  std::condition_variable wake;             // a release, or the end
  bool stopping = false;                    // what waits is to end
  std::uint64_t version = 0;                // of bump()
  std::uint64_t resource_version = 1000;    // shared by all objects, as etcd's revision is
  std::map<ObjectKey, Json> objects;
  std::set<std::string> tokens;  // that are accepted
  std::set<std::pair<std::string, std::string>> denied;
  FaultBook faults;
  int held = 0;
  std::uint64_t releases = 0;
  std::deque<LoggedRequest> log;
  std::uint64_t sequence = 0;

 private:
  HttpAnswer answer(Exchange& exchange);
  HttpAnswer dispatch(Exchange& exchange);
  HttpAnswer dispatch_with_fault(Exchange& exchange);
  [[nodiscard]] bool is_known(const HttpRequest& request) const;
  void wait(Exchange& exchange);  // for the fault's delay, release or the end
  void arrive(Exchange& exchange);
  void depart(Exchange& exchange, HttpAnswer& answer);
  void note(const LoggedRequest& entry);  // in the log, where it stands already

  std::mt19937_64 random_{std::random_device{}()};
};

// objects_api.cc: what a request for one or more objects comes to.
[[nodiscard]] HttpAnswer answer_objects(Core& core, Exchange& exchange);
// discovery.cc: versions, groups, resources, probes.
[[nodiscard]] HttpAnswer answer_discovery(const HttpRequest& request);

}  // namespace kubesim
