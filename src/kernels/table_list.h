// TableList: the tables of one family of kernels that this processor can run, slowest (the scalar
// reference) first, and what the processor has.
//
// Thread safety: made once by the picker of a family, const from any thread afterwards.
#pragma once

#include <array>
#include <cstddef>
#include <span>

namespace vecgate::kernels {

template <typename Table>
class TableList {
 public:
  explicit TableList(const Table& scalar) { Add(true, scalar); }

  /// Takes the table up when the processor has what it needs.
  TableList& Add(bool has_all, const Table& table) {
    if (has_all) tables_[count_++] = &table;
    return *this;
  }

  [[nodiscard]] const Table& fastest() const { return *tables_[count_ - 1]; }
  [[nodiscard]] std::span<const Table* const> all() const { return {tables_.data(), count_}; }

 private:
  static constexpr size_t kMost = 3;
  std::array<const Table*, kMost> tables_{};
  size_t count_ = 0;
};

#if defined(__x86_64__)
inline bool HasAvx2() {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
         __builtin_cpu_supports("popcnt");
}
/// The foundation and what every processor that is sold with it has too.
inline bool HasAvx512() {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
}
inline bool HasAvx512Popcnt() { return HasAvx512() && __builtin_cpu_supports("avx512vpopcntdq"); }
inline bool HasAvx512Vnni() { return HasAvx512() && __builtin_cpu_supports("avx512vnni"); }
inline bool HasAvx512VnniPopcnt() {
  return HasAvx512Vnni() && __builtin_cpu_supports("avx512vpopcntdq");
}
#endif

}  // namespace vecgate::kernels
