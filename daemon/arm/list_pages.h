#pragma once
// Lists of ARM: GET, then the next link of each page, which is the server's own text.
//
// Source: azure-rest-api-specs and the guidelines behind them: a page is {"value": [...],
// "nextLink": "..."}, and the last one has no link.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "arm/arm_client.h"
#include "base/clock.h"
#include "core/failure.h"
#include "net/http.h"
#include "net/json_document.h"

namespace defenderd {

struct PagedList {
  // How long pages may take, and that one whose failure may pass is requested again (page_retry.h).
  struct Patience {
    Clock& clock;
    SteadyTime end;
  };

  Origin resource_manager;
  std::string path;  // a next link that leads to another host or another path is refused
  // An item whose id is not below it is refused, because it is not about what was asked; "": items
  // are not resources.
  std::string items_below = {};
  std::size_t max_pages = 20;
  std::optional<Patience> patience = {};  // nullopt: each page is requested once
  // In messages: "<name> does not end", "the answer is not <content>".
  std::string name = "the list";
  std::string content = "a list";
};

// What became of an item.
enum class Taken : std::uint8_t {
  Yes,
  AndEnough,  // the rest of the list is not needed
  Malformed,  // the answer is not such a list
  TooMuch     // there is more than any such list has: it does not end
};

// Called for each item in the order of the list; the item is valid during the call only.
using TakeItem = std::function<Taken(const JsonValue& item)>;

// Requests `first` and the pages after it. Fails if a page does, after some items maybe: an
// incomplete list is a failure. Bounded in the size and number of pages; a page is never requested
// twice. A stop ends it with the failure of the call that it interrupts.
[[nodiscard]] ArmResult<Done> list_pages(ArmClient& arm, ArmCall first, const PagedList& list,
                                         const TakeItem& take, const std::stop_token& stop);

}  // namespace defenderd
