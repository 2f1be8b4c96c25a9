// Rows a second through the column evaluator, by kind of condition, on 1M rows.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "base/check.h"
#include "base/rng.h"
#include "filter/filter.h"
#include "model/row_batch.h"

namespace vecgate::filter {
namespace {

constexpr size_t kRows = 1'000'000;

struct Data {
  CollectionSchema schema;
  RowBatch batch;
  std::vector<const Column*> columns;
};

FieldSchema Field(const char* name, DataType type) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  if (type == DataType::kVarChar) field.max_length = 64;
  if (type == DataType::kFloatVector) field.dim = 2;
  return field;
}

const Data& MillionRows() {
  static const Data data = [] {
    Data out;
    out.schema.name = "rows";
    out.schema.fields = {Field("id", DataType::kInt64), Field("number", DataType::kInt32),
                         Field("text", DataType::kVarChar), Field("doc", DataType::kJson),
                         Field("v", DataType::kFloatVector)};
    out.schema.fields[0].is_primary_key = true;
    VG_CHECK(FinishSchema(out.schema).ok());
    out.batch = MakeBatch(out.schema);
    Rng rng(1);
    for (size_t row = 0; row < kRows; ++row) {
      const auto number = static_cast<int64_t>(rng.Below(1000));
      out.batch.columns[0].Append(static_cast<int64_t>(row));
      out.batch.columns[1].Append(number);
      out.batch.columns[2].Append(fmt::format("text {}", number));
      out.batch.columns[3].Append(fmt::format(R"({{"n":{},"tag":"t{}"}})", number, number % 7));
    }
    for (const Column& column : out.batch.columns) out.columns.push_back(&column);
    return out;
  }();
  return data;
}

void Run(benchmark::State& state, const std::string& text) {
  const Data& data = MillionRows();
  const auto filter = Compile(text, data.schema);
  VG_CHECK(filter.ok());
  for (auto _ : state) benchmark::DoNotOptimize(Evaluate(**filter, data.columns, kRows));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations() * kRows));
}

std::string LongList() {
  std::string out = "number in [0";
  for (int i = 1; i < 500; ++i) out += fmt::format(",{}", i * 2);
  return out + "]";
}

BENCHMARK_CAPTURE(Run, compare, std::string("number < 500"));
BENCHMARK_CAPTURE(Run, range_and, std::string("100 < number < 200 and id > 1000"));
BENCHMARK_CAPTURE(Run, arithmetic, std::string("number % 10 == 3"));
BENCHMARK_CAPTURE(Run, in_few, std::string("number in [1, 2, 3]"));
BENCHMARK_CAPTURE(Run, in_many, LongList());
BENCHMARK_CAPTURE(Run, text_equal, std::string("text == 'text 77'"));
BENCHMARK_CAPTURE(Run, text_prefix, std::string("text like 'text 7%'"));
BENCHMARK_CAPTURE(Run, json, std::string("doc['n'] < 500"));
BENCHMARK_CAPTURE(Run, json_after_cheap, std::string("doc['n'] < 500 and number < 10"));

void CompileLongList(benchmark::State& state) {
  const std::string text = LongList();
  for (auto _ : state) benchmark::DoNotOptimize(Compile(text, MillionRows().schema));
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()) * 500);
}
BENCHMARK(CompileLongList);

}  // namespace
}  // namespace vecgate::filter
