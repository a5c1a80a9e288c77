#pragma once
// The state document in a ConfigMap, where the next leader finds it.
//
// It is compressed, because a ConfigMap holds at most 1 MiB. To read it:
//   kubectl get configmap defenderd-state -o jsonpath='{.binaryData.state\.json\.gz}' |
//     base64 -d | gunzip

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kube/kube_client.h"
#include "telemetry/state_store.h"

namespace defenderd {

class ConfigMapStore final : public StateStore {
 public:
  struct Options {
    std::string name;
    std::string identity = {};  // of this replica: who wrote it
    // Whether this replica may write now; another one's state is never replaced.
    std::function<bool()> may_save = [] { return false; };
    // Whether the API says now that this replica holds the lease: who wrote the ConfigMap since is
    // then no leader, but a person, or a backup that was restored.
    std::function<bool()> holds_lease = [] { return false; };
  };
  // Both outlive it.
  ConfigMapStore(KubeClient& kube, const Clock& clock, Options options);

  // Reads it for the next load(): a leader must not begin without what the one before it knew. The
  // Error says why it cannot be read, which is not that there is none or that it is damaged.
  [[nodiscard]] Result<Done> read_ahead();
  // What is damaged is returned as it is, which is no document.
  [[nodiscard]] Result<std::optional<std::string>> load() override;
  // Refused if another replica has written it since load(), unless this one holds the lease.
  [[nodiscard]] Result<Done> save(std::string_view document) override;
  [[nodiscard]] bool fits(std::string_view document) const override;
  [[nodiscard]] Result<std::string> set_aside() override;
  [[nodiscard]] bool was_replaced() override;

 private:
  [[nodiscard]] const std::string& packed(std::string_view document) const;
  Result<Done> write(const std::string& packed);
  // After a conflict: whether to try once more, because this replica wrote the ConfigMap and the
  // answer was lost, or because it was deleted or replaced by something that is not the leader.
  bool may_write_again();

  KubeClient& kube_;
  const Clock& clock_;
  const Options options_;
  const KubeTarget target_;
  std::optional<std::optional<std::string>> ahead_;  // what read_ahead() has read
  mutable std::string packed_;                       // of the document with this hash
  mutable std::size_t packed_hash_ = 0;
  std::string seen_;  // the object as last read or written; "" if there is none
};

}  // namespace defenderd
