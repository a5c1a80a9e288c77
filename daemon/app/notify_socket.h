#pragma once
// The service manager's socket for notifications, in the protocol of sd_notify(3): a datagram of
// lines VARIABLE=VALUE to the Unix socket that NOTIFY_SOCKET names.

#include <string>
#include <utility>

#include "base/result.h"

namespace defenderd {

class NotifySocket {
 public:
  // `address` as in NOTIFY_SOCKET: an absolute path, or '@' and the name of an abstract socket.
  explicit NotifySocket(std::string address) : address_(std::move(address)) {}

  // Sends one datagram; waits a second at most if the queue of the receiver is full. Thread-safe.
  [[nodiscard]] Result<Done> send(const std::string& lines) const;

 private:
  const std::string address_;
};

}  // namespace defenderd
