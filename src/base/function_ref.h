// FunctionRef: a borrowed callable: two pointers, no allocation.
//
// Ownership: the callable must outlive the FunctionRef; pass it as an argument, never keep it.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

namespace vecgate {

template <typename Signature>
class FunctionRef;

template <typename R, typename... Args>
class FunctionRef<R(Args...)> {
 public:
  template <typename F>
  requires(!std::is_same_v<std::remove_cvref_t<F>, FunctionRef> &&
           std::is_invocable_r_v<R, F&, Args...>)
      FunctionRef(F&& callable)  // NOLINT(google-explicit-constructor): an argument converts to it.
      : object_(AddressOf(callable)), call_([](void* object, Args... args) -> R {
          return (*reinterpret_cast<std::remove_reference_t<F>*>(object))(
              std::forward<Args>(args)...);
        }) {}

  R operator()(Args... args) const { return call_(object_, std::forward<Args>(args)...); }

 private:
  // Functions are callables too, and their address is no object's.
  template <typename F>
  static void* AddressOf(F& callable) {
    if constexpr (std::is_function_v<F>) {
      return reinterpret_cast<void*>(&callable);
    } else {
      return const_cast<void*>(static_cast<const void*>(std::addressof(callable)));
    }
  }

  void* object_;
  R (*call_)(void*, Args...);
};

}  // namespace vecgate
