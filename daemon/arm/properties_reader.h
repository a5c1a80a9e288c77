#pragma once
// The `properties` of a pricing, told member by member. Members that nobody here knows are carried
// along as they are written, as long as they are few.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "arm/pricing_codec.h"
#include "base/result.h"

namespace defenderd {

// What is kept of one subscription. A plan of Azure has a handful of extensions and no more than a
// few hundred bytes that are not known here.
inline constexpr std::size_t kMaxCarried = 64UL << 10U;  // bytes of unknown members
inline constexpr std::size_t kMaxCarriedMembers = 500;
inline constexpr std::size_t kMaxExtensions = 128;
inline constexpr std::size_t kMaxNames = 8UL << 10U;  // bytes of the names of extensions

// One thread. Fed with one value, in its order; any value gives a pricing or an Error at its end.
// Of a member that stands twice the last counts, as one that is spelled exactly counts before one
// that differs in case.
class PropertiesReader {
 public:
  PropertiesReader();
  PropertiesReader(PropertiesReader&&) noexcept;
  PropertiesReader& operator=(PropertiesReader&&) noexcept;
  ~PropertiesReader();

  void null();
  void boolean(bool value);
  void number();
  void text(std::string_view value);
  void open(bool is_object);  // an object or an array
  // Of the member whose value comes next; with its text, key and value as they are written, where
  // the pricing may be written back. False: its value need not be told.
  bool key(std::string_view name, std::string_view written_key = {},
           std::string_view written_value = {});
  void close();

  // Once the value is whole. The reader is spent.
  [[nodiscard]] Result<DecodedPricing> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace defenderd
