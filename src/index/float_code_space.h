// FloatCodeSpace: the full vectors of an arena (or its bits) as a CodeSpace: nothing is trained or
// encoded.
//
// Thread safety: CodeSpace's. The VectorSpace's arena is borrowed and must outlive this.
#pragma once

#include <cstring>

#include "index/code_space.h"
#include "index/vector_space.h"

namespace vecgate::index {

class FloatCodeSpace : public CodeSpace {
 public:
  explicit FloatCodeSpace(const VectorSpace& space) : space_(space) {}

  Status Train(const float*, size_t) override { return Ok(); }
  [[nodiscard]] size_t training_rows() const override { return 0; }
  Status Reserve(size_t) override { return Ok(); }
  void Encode(Slot, const float*) override {}
  void Prepare(const float* query, PreparedQuery& out) const override {
    std::memcpy(out.Resize(space_.dim() * sizeof(float)), query, space_.dim() * sizeof(float));
  }
  void PrepareStored(Slot slot, PreparedQuery& out) const override {
    const std::vector<float> query = space_.Prepare({space_.Row(slot), space_.dim()});
    Prepare(query.data(), out);
  }
  void Distances(const PreparedQuery& query, const Slot* slots, size_t count,
                 float* out) const override {
    space_.Distances(reinterpret_cast<const float*>(query.data()), slots, count, out);
  }
  [[nodiscard]] std::string Learnt() const override { return {}; }
  Status SetLearnt(std::string_view bytes) override {
    return bytes.empty() ? Ok() : DataLoss("full vectors learn nothing");
  }
  [[nodiscard]] const SegmentedArray<char>* codes() const override { return nullptr; }
  [[nodiscard]] SegmentedArray<char>* codes() override { return nullptr; }

 private:
  const VectorSpace space_;
};

}  // namespace vecgate::index
