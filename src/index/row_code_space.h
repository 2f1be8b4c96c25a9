// Frames for CodeSpaces: RowCodeSpace keeps codes as rows of fixed width, RotatedCodeSpace is one
// of these whose codes are made in a RotatedFrame.
//
// Thread safety: CodeSpace's.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "index/code_space.h"
#include "index/rotated_frame.h"
#include "index/segmented_array.h"

namespace vecgate::index {

class RowCodeSpace : public CodeSpace {
 public:
  Status Reserve(size_t slots) override { return rows_.Reserve(slots); }
  [[nodiscard]] const SegmentedArray<char>* codes() const override { return &rows_; }
  [[nodiscard]] SegmentedArray<char>* codes() override { return &rows_; }

 protected:
  explicit RowCodeSpace(size_t row_bytes) : rows_(row_bytes) {}

  [[nodiscard]] char* Row(Slot slot) const { return rows_.Row(slot); }
  [[nodiscard]] size_t row_bytes() const { return rows_.width(); }

 private:
  SegmentedArray<char> rows_;
};

/// A query in a RotatedFrame, and its Add there.
struct FramedQuery {
  std::vector<float> values;
  float add = 0;
};

class RotatedCodeSpace : public RowCodeSpace {
 public:
  void ToFrame(const float* query, FramedQuery& out) const {
    out.values.resize(frame_.padded_dim());
    out.add = frame_.ToFrame(query, out.values.data());
  }
  /// Prepares a query that is in the frame already; that of another space is the same one when both
  /// learnt from the same vectors.
  virtual void PrepareFramed(const float* in_frame, float add, PreparedQuery& out) const = 0;
  void Prepare(const float* query, PreparedQuery& out) const final {
    FramedQuery framed;
    ToFrame(query, framed);
    PrepareFramed(framed.values.data(), framed.add, out);
  }

  Status Train(const float* vectors, size_t count) override {
    frame_.Train(vectors, count);
    return Ok();
  }
  [[nodiscard]] size_t training_rows() const override { return 1; }
  [[nodiscard]] std::string Learnt() const override { return frame_.Learnt(); }
  Status SetLearnt(std::string_view bytes) override { return frame_.SetLearnt(bytes); }

 protected:
  RotatedCodeSpace(Metric metric, size_t dim, size_t row_bytes)
      : RowCodeSpace(row_bytes), frame_(metric, dim) {}

  [[nodiscard]] const RotatedFrame& frame() const { return frame_; }

 private:
  RotatedFrame frame_;
};

}  // namespace vecgate::index
