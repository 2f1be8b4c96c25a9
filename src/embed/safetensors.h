// Safetensors: named float32 arrays in one file, as the Hugging Face format lays them out:
// u64 header length, JSON header {name: {dtype, shape, data_offsets}}, then the data.
//
// Thread safety: const after Open. The views borrow from the object.
#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"

namespace vecgate {

struct Tensor {
  std::vector<size_t> shape;
  /// Row-major; borrowed from the Safetensors it came from.
  std::span<const float> values;
};

class Safetensors {
 public:
  /// kNotFound when the file cannot be read, kDataLoss when it contradicts itself. Tensors of other
  /// types than F32 are left out.
  static Result<Safetensors> Open(const std::string& path);

  /// kDataLoss, naming the tensor, when it is missing or has another shape than `shape`.
  [[nodiscard]] Result<Tensor> Get(const std::string& name, std::vector<size_t> shape) const;

 private:
  std::string path_;
  std::vector<float> data_;
  struct Place {
    std::vector<size_t> shape;
    size_t first = 0;
    size_t count = 0;
  };
  std::map<std::string, Place> places_;
};

}  // namespace vecgate
