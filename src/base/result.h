// Result<T>: a value or an Error. The one file that names tl::expected.
//
// A derived class and not an alias, because only a class can be [[nodiscard]]: an ignored result
// is a warning, and warnings are errors here.
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace vecgate {

template <typename T>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  Result() = default;
  Result(Error error)  // NOLINT(google-explicit-constructor): `return NotFound(…)` is the point.
      : tl::expected<T, Error>(tl::unexpect, std::move(error)) {}

  [[nodiscard]] bool ok() const { return this->has_value(); }
};

/// The outcome of something that returns nothing. `Status{}` is success.
using Status = Result<void>;

inline Status Ok() { return Status{}; }

}  // namespace vecgate

#define VG_CONCAT_INNER(a, b) a##b
#define VG_CONCAT(a, b) VG_CONCAT_INNER(a, b)

/// Leaves the function with the error of `expr` if it has one.
#define VG_RETURN_IF_ERROR(expr)                             \
  do {                                                       \
    if (auto vg_status = (expr); !vg_status.has_value()) {   \
      return ::vecgate::Error(std::move(vg_status.error())); \
    }                                                        \
  } while (false)

#define VG_ASSIGN_OR_RETURN_INNER(tmp, lhs, expr)                        \
  auto tmp = (expr);                                                     \
  if (!tmp.has_value()) return ::vecgate::Error(std::move(tmp.error())); \
  lhs = std::move(*tmp)

/// `VG_ASSIGN_OR_RETURN(auto x, F());`: x is F's value, or the function returns F's error.
#define VG_ASSIGN_OR_RETURN(lhs, expr) \
  VG_ASSIGN_OR_RETURN_INNER(VG_CONCAT(vg_result_, __LINE__), lhs, expr)
