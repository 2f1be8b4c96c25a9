// What `vecgate bench insert` is told.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/requests.h"
#include "storage/key_value_store.h"

namespace vecgate::bench {

/// As typed; each named as its flag.
struct InsertFlags {
  std::string store;
  uint32_t dim = 384;
  std::string index = "AUTOINDEX";
  std::string writers = "1,8,64";
  std::string batches = "1,100";
  std::string durability = "sync,async";
  double seconds = 3;
  uint32_t rows = 100'000;  ///< Most rows of a point.
  bool json = false;
};

struct InsertOptions {
  InsertFlags flags;
  IndexType index = IndexType::kAuto;
  std::vector<uint32_t> writers;
  std::vector<uint32_t> batches;
  std::vector<storage::Durability> durabilities;
};

std::string_view DurabilityName(storage::Durability durability);

/// kInvalidArgument names the flag, its value and what is allowed.
Result<InsertOptions> ParseInsertFlags(const InsertFlags& flags);

}  // namespace vecgate::bench
