// From a filter to the set of rows that a search may see: 1M rows in chunks, with and without
// indexes, and with some rows dead.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <limits>
#include <numeric>

#include "base/check.h"
#include "base/rng.h"
#include "engines/embedded/selection.h"

namespace vecgate::embedded {
namespace {

constexpr size_t kRows = 1'000'000;
constexpr size_t kRowsAtOnce = 1000;

enum class Indexed { kNo, kYes };
enum class Dead { kNone, kSome };

FieldSchema Field(const char* name, DataType type) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  if (type == DataType::kVarChar) field.max_length = 64;
  if (type == DataType::kFloatVector) field.dim = 2;
  return field;
}

CollectionSchema Schema() {
  CollectionSchema schema;
  schema.name = "rows";
  schema.fields = {Field("id", DataType::kInt64), Field("number", DataType::kInt32),
                   Field("text", DataType::kVarChar), Field("price", DataType::kDouble),
                   Field("v", DataType::kFloatVector)};
  schema.fields[0].is_primary_key = true;
  VG_CHECK(FinishSchema(schema).ok());
  return schema;
}

// number and text take 1,000 values each; id and price are all different.
ReadState Build() {
  ReadState state;
  state.slots = std::make_shared<Slots>(Schema());
  VG_CHECK(state.slots->Reserve(kRows).ok());
  std::vector<uint32_t> kept(kRowsAtOnce);
  std::iota(kept.begin(), kept.end(), 0U);
  Rng rng(1);
  for (size_t at = 0; at < kRows; at += kRowsAtOnce) {
    RowBatch batch = MakeBatch(Schema());
    for (size_t row = at; row < at + kRowsAtOnce; ++row) {
      const auto number = static_cast<int64_t>(rng.Below(1000));
      batch.columns[0].Append(static_cast<int64_t>(row));
      batch.columns[1].Append(number);
      batch.columns[2].Append(fmt::format("category {:03}", number));
      batch.columns[3].Append(static_cast<double>(rng.Below(1U << 30)) / 1024);
      batch.row_partitions.push_back(PartitionId{static_cast<uint32_t>(rng.Below(16))});
    }
    state.scalars = state.scalars.With(batch, kept);
  }
  state.sequence = 1;
  state.live_rows = kRows;
  return state;
}

/// Every part of the indexes of these fields.
std::vector<ScalarIndexPart> BuildParts(const ReadState& state, const std::vector<size_t>& fields) {
  auto parts = state.scalars.MissingParts(fields, 1, std::numeric_limits<size_t>::max());
  for (ScalarIndexPart& part : parts) {
    part.index = std::make_shared<filter::ColumnIndex>(part.chunk->columns[part.field]);
  }
  return parts;
}

const ReadState& StateOf(Indexed indexed, Dead dead) {
  static const ReadState plain = Build();
  static const ReadState with_indexes = [] {
    ReadState state = plain;
    state.scalars = state.scalars.WithParts(BuildParts(state, {0, 1, 2, 3}));
    return state;
  }();
  static const ReadState some_dead = [] {
    ReadState state = with_indexes;
    state.slots = std::make_shared<Slots>(Schema());
    VG_CHECK(state.slots->Reserve(kRows).ok());
    for (index::Slot slot = 0; slot < kRows; slot += 10'000) {
      state.slots->StampDead(slot, 1);
      --state.live_rows;
    }
    return state;
  }();
  if (dead == Dead::kSome) return some_dead;
  return indexed == Indexed::kYes ? with_indexes : plain;
}

void BuildIndex(benchmark::State& state, size_t field) {
  const ReadState& rows = StateOf(Indexed::kNo, Dead::kNone);
  size_t bytes = 0;
  for (auto _ : state) {
    bytes = 0;
    for (const ScalarIndexPart& part : BuildParts(rows, {field})) bytes += part.index->SizeBytes();
  }
  state.counters["MB"] = static_cast<double>(bytes) / 1e6;
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kRows));
}

BENCHMARK_CAPTURE(BuildIndex, id, 0)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BuildIndex, number, 1)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BuildIndex, text, 2)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BuildIndex, price, 3)->Unit(benchmark::kMillisecond);

void Run(benchmark::State& state, const std::string& text, Indexed indexed, Dead dead = Dead::kNone,
         const std::vector<PartitionId>& partitions = {}) {
  const ReadState& rows = StateOf(indexed, dead);
  RowSelection selection;
  selection.partitions = partitions;
  if (!text.empty()) {
    auto compiled = filter::Compile(text, Schema());
    VG_CHECK(compiled.ok());
    selection.filter = *compiled;
  }
  size_t matching = 0;
  for (auto _ : state) {
    const auto selected = Select(OpContext{}, rows, selection);
    VG_CHECK(selected.ok());
    benchmark::DoNotOptimize(selected->words().data());
    matching = selected->Count();
  }
  state.counters["matching"] = static_cast<double>(matching);
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kRows));
}

#define VG_SELECT(name, text)                                                                   \
  BENCHMARK_CAPTURE(Run, name, std::string(text), Indexed::kNo)->Unit(benchmark::kMicrosecond); \
  BENCHMARK_CAPTURE(Run, name##_indexed, std::string(text), Indexed::kYes)                      \
      ->Unit(benchmark::kMicrosecond)

VG_SELECT(number_equal, "number == 77");
VG_SELECT(number_in, "number in [1, 200, 300, 777]");
VG_SELECT(number_below_10_percent, "number < 100");
VG_SELECT(number_below_half, "number < 500");
VG_SELECT(price_below_half, "price < 524288.0");
VG_SELECT(id_equal, "id == 123456 or id == -1");
VG_SELECT(text_equal, "text == 'category 077'");
VG_SELECT(text_prefix, "text like 'category 07%'");
VG_SELECT(text_and_number, "text == 'category 077' and number < 500");
VG_SELECT(not_text, "not (text == 'category 077')");

#undef VG_SELECT

BENCHMARK_CAPTURE(Run, all_one_partition, std::string(), Indexed::kNo, Dead::kNone,
                  {PartitionId{3}})
    ->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(Run, number_below_half_some_dead, std::string("number < 500"), Indexed::kYes,
                  Dead::kSome)
    ->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace vecgate::embedded
