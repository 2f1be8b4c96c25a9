#include "random_rows.h"

#include <fmt/format.h>

#include "base/check.h"

namespace vecgate::model_test {
namespace {

FieldSchema Field(const char* name, DataType type, bool nullable) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  field.nullable = nullable;
  return field;
}

CollectionSchema Schema(bool text_keys, DataType vectors) {
  CollectionSchema schema;
  schema.name = "model";
  schema.enable_dynamic_field = true;
  schema.fields = {Field("key", text_keys ? DataType::kVarChar : DataType::kInt64, false),
                   Field("vector", vectors, false),
                   Field("number", DataType::kInt16, true),
                   Field("real", DataType::kDouble, true),
                   Field("text", DataType::kVarChar, true),
                   Field("tags", DataType::kArray, true),
                   Field("json", DataType::kJson, true)};
  schema.fields[kKey].is_primary_key = true;
  if (text_keys) schema.fields[kKey].max_length = 32;
  schema.fields[kVector].dim = kDim;
  schema.fields[kText].max_length = 32;
  schema.fields[kTags].element_type = DataType::kInt64;
  schema.fields[kTags].max_capacity = 8;
  VG_CHECK(FinishSchema(schema).ok());
  return schema;
}

void AppendRandomVector(Rng& rng, Column& vectors) {
  if (vectors.type() == DataType::kBinaryVector) {
    vectors.AppendVectorBytes(std::string(kDim / 8, static_cast<char>(rng.Below(256))));
    return;
  }
  std::vector<float> numbers;
  for (uint32_t i = 0; i < kDim; ++i) numbers.push_back(static_cast<float>(rng.Between(-6, 6)));
  vectors.AppendVector(numbers);
}

std::string RandomText(Rng& rng) {
  static constexpr const char* kTexts[] = {"", "a", "ab", "abc", "b", "ba", "é", "日本"};
  return kTexts[rng.Below(std::size(kTexts))];
}

Value Maybe(Rng& rng, Value value) { return rng.Chance(0.15) ? Value{} : std::move(value); }

Value RandomTags(Rng& rng) {
  std::vector<int64_t> tags;
  for (uint64_t n = rng.Below(4); n > 0; --n) tags.push_back(rng.Between(0, 5));
  return Array{std::move(tags)};
}

std::string RandomFilter(Rng& rng) {
  const int64_t a = rng.Between(0, 20);
  const int64_t b = rng.Between(0, 20);
  switch (rng.Below(14)) {
    case 0: return fmt::format("number < {}", a);
    case 1: return fmt::format("number >= {} and real < {}", a, b);
    case 2: return fmt::format("{} < number <= {}", a, a + b);
    case 3: return fmt::format("number in [{}, {}, 3]", a, b);
    case 4: return fmt::format("number is null or number == {}", a);
    case 5: return fmt::format("not (number > {})", a);
    case 6: return "text like 'a%'";
    case 7: return fmt::format("text in ['b', 'é'] or number % 3 == {}", a % 3);
    case 8: return fmt::format("array_contains(tags, {})", a % 6);
    case 9: return fmt::format("array_length(tags) > {}", a % 4);
    case 10: return fmt::format("json['n'] > {}", a);
    case 11: return fmt::format("extra == {} or text == 'ab'", a);
    case 12: return fmt::format("real + 1 > {}", a);
    default: return "number == -1";
  }
}

std::vector<size_t> RandomFields(Rng& rng) {
  std::vector<size_t> out;
  for (size_t field = kKey; field <= kMeta; ++field) {
    if (rng.Chance(0.3)) out.push_back(field);
  }
  return out;
}

}  // namespace

Live RandomCollection(Rng& rng, CollectionId id) {
  Live live;
  static constexpr DataType kVectors[] = {DataType::kFloatVector, DataType::kFloat16Vector,
                                          DataType::kBFloat16Vector, DataType::kInt8Vector,
                                          DataType::kBinaryVector};
  const DataType vectors = kVectors[rng.Below(std::size(kVectors))];
  live.spec = {.id = id, .schema = Schema(rng.Chance(0.3), vectors)};
  const bool large = rng.Chance(0.1);
  live.key_range = large ? 1500 : rng.Between(20, 300);
  live.batch_rows = large ? 80 : 12;
  return live;
}

PrimaryKey RandomKey(Rng& rng, const Live& live) {
  const int64_t key = rng.Between(0, live.key_range - 1);
  if (live.spec.schema.fields[kKey].type == DataType::kInt64) return key;
  return fmt::format("k{}", key);
}

RowBatch RandomBatch(Rng& rng, const Live& live) {
  RowBatch batch = MakeBatch(live.spec.schema);
  batch.partition = PartitionId{static_cast<uint32_t>(rng.Below(4))};
  const bool by_row = rng.Chance(0.3);
  for (uint64_t n = 1 + rng.Below(live.batch_rows); n > 0; --n) {
    std::visit([&](auto key) { batch.columns[kKey].Append(Value{std::move(key)}); },
               RandomKey(rng, live));
    AppendRandomVector(rng, batch.columns[kVector]);
    batch.columns[kNumber].Append(Maybe(rng, rng.Between(-1, 20)));
    batch.columns[kReal].Append(Maybe(rng, static_cast<double>(rng.Between(0, 40)) / 2));
    batch.columns[kText].Append(Maybe(rng, RandomText(rng)));
    batch.columns[kTags].Append(Maybe(rng, RandomTags(rng)));
    batch.columns[kJson].Append(Maybe(rng, fmt::format(R"({{"n":{}}})", rng.Between(0, 20))));
    batch.columns[kMeta].Append(
        Value{rng.Chance(0.5) ? fmt::format(R"({{"extra":{}}})", rng.Between(0, 20)) : "{}"});
    if (by_row) batch.row_partitions.push_back(PartitionId{static_cast<uint32_t>(rng.Below(4))});
  }
  return batch;
}

RowSelection RandomSelection(Rng& rng, const Live& live) {
  RowSelection out;
  if (rng.Chance(0.2)) {
    for (uint64_t n = 1 + rng.Below(2); n > 0; --n) {
      out.partitions.push_back(PartitionId{static_cast<uint32_t>(rng.Below(5))});
    }
  }
  if (rng.Chance(0.5)) {
    auto filter = filter::Compile(RandomFilter(rng), live.spec.schema);
    VG_CHECK(filter.ok());
    out.filter = *filter;
  }
  return out;
}

DeleteRequest RandomDelete(Rng& rng, const Live& live) {
  DeleteRequest out;
  if (rng.Chance(0.8)) {
    for (uint64_t n = 1 + rng.Below(live.batch_rows); n > 0; --n) {
      out.keys.push_back(RandomKey(rng, live));
    }
    if (rng.Chance(0.2)) out.selection.partitions = {PartitionId{1}};
    return out;
  }
  // By filter, but seldom so much that little is left to test with.
  out.selection = RandomSelection(rng, live);
  if (out.selection.filter == nullptr || rng.Chance(0.7)) {
    out.selection.filter =
        *filter::Compile(fmt::format("number == {}", rng.Between(-1, 20)), live.spec.schema);
  }
  return out;
}

Metric RandomMetric(Rng& rng, const Live& live) {
  const auto metrics = MetricsOf(live.spec.schema.fields[kVector].type);
  return metrics[rng.Below(metrics.size())];
}

SearchRequest RandomSearch(Rng& rng, const Live& live) {
  SearchRequest out;
  out.field = kVector;
  out.metric = RandomMetric(rng, live);
  out.queries = live.spec.schema.fields[kVector].MakeColumn();
  for (uint64_t n = rng.Chance(0.8) ? 1 : 3; n > 0; --n) AppendRandomVector(rng, out.queries);
  out.k = static_cast<uint32_t>(1 + rng.Below(20));
  if (rng.Chance(0.2)) out.offset = static_cast<uint32_t>(rng.Below(10));
  out.selection = RandomSelection(rng, live);
  out.output_fields = RandomFields(rng);
  // Cosine is rounded differently by every kernel: nothing there may hang on a score's last bit.
  if (out.metric == Metric::kCosine) return out;
  if (rng.Chance(0.15)) out.radius = static_cast<float>(rng.Between(-10, 80));
  if (rng.Chance(0.15)) out.range_filter = static_cast<float>(rng.Between(-10, 80));
  if (rng.Chance(0.15)) {
    out.group_by = GroupBy{.field = rng.Chance(0.5) ? kNumber : kText,
                           .group_size = static_cast<uint32_t>(1 + rng.Below(3))};
  } else if (rng.Chance(0.15)) {
    out.after = SearchCursor{.score = static_cast<float>(rng.Between(-10, 80)),
                             .key = RandomKey(rng, live)};
  }
  return out;
}

QueryRequest RandomQuery(Rng& rng, const Live& live) {
  QueryRequest out;
  out.selection = RandomSelection(rng, live);
  if (rng.Chance(0.3)) {
    out.keys.emplace();
    for (uint64_t n = rng.Below(10); n > 0; --n) out.keys->push_back(RandomKey(rng, live));
  }
  if (rng.Chance(0.3)) out.offset = rng.Below(20);
  if (rng.Chance(0.7)) out.limit = rng.Below(30);
  if (rng.Chance(0.2)) out.after_key = RandomKey(rng, live);
  out.count_only = rng.Chance(0.2);
  out.output_fields = RandomFields(rng);
  return out;
}

}  // namespace vecgate::model_test
