#pragma once
// The port to the place where the lease is: the API of Kubernetes, or a fake that behaves like it.

#include <memory>
#include <optional>
#include <stop_token>

#include "core/failure.h"
#include "core/lease.h"

namespace defenderd {

// The lease as it was read or written: an update replaces exactly this version of it.
struct StoredLease {
  LeaseRecord record = {};
  std::shared_ptr<const std::string> object = {};  // the whole of it, as the store has it
};

// Calls block until answered, failed, out of time, or `stop` was requested. A failure for which
// is_lease_conflict() holds says that the lease is not as it was seen.
class LeaseStore {
 public:
  LeaseStore() = default;
  LeaseStore(const LeaseStore&) = delete;
  LeaseStore& operator=(const LeaseStore&) = delete;
  virtual ~LeaseStore() = default;

  // nullopt if there is none.
  virtual ArmResult<std::optional<StoredLease>> read(std::stop_token stop) = 0;
  virtual ArmResult<StoredLease> create(const LeaseRecord& record, std::stop_token stop) = 0;
  virtual ArmResult<StoredLease> update(const StoredLease& seen, const LeaseRecord& record,
                                        std::stop_token stop) = 0;
};

[[nodiscard]] inline bool is_lease_conflict(const Failure& failure) {
  return failure.reason == Reason::UpdateInProgress;
}

}  // namespace defenderd
