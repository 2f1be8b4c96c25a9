// Data files: what each format means, and that each way to be malformed is told.
#include "bench/vector_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "bench/data_file_fixture.h"
#include "bench/npy_writer.h"

namespace vecgate::bench {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kTwoByThree = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";
const std::vector<float> kSix = {1, 2, 3, 4, 5, 6};

/// The message with which a file is refused; it names the file.
std::string RefusalOf(const std::string& path) {
  const auto file = OpenVectors(path);
  EXPECT_FALSE(file.ok()) << path;
  if (file.ok()) return "";
  EXPECT_THAT(file.error().message, HasSubstr(path));
  return file.error().message;
}

void ExpectTwoByThree(const std::string& path) {
  const auto file = OpenVectors(path);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->rows(), 2U);
  EXPECT_THAT(file->RowSpan(0), ElementsAre(1, 2, 3));
  EXPECT_THAT(file->RowSpan(1), ElementsAre(4, 5, 6));
}

std::string VecsFile(const std::vector<std::vector<float>>& rows) {
  std::string out;
  for (const auto& row : rows) {
    out += BytesOf(std::vector<int32_t>{static_cast<int32_t>(row.size())}) + BytesOf(row);
  }
  return out;
}

TEST(VectorFileTest, ReadsTheThreeFormats) {
  const DataFiles files;
  ExpectTwoByThree(files.Write("a.npy", NpyFile(kTwoByThree, BytesOf(kSix))));
  ExpectTwoByThree(files.Write("a.fvecs", VecsFile({{1, 2, 3}, {4, 5, 6}})));
  ExpectTwoByThree(files.Write("a.fbin", BinFile(2, 3, kSix)));
}

TEST(VectorFileTest, ReadsIds) {
  const DataFiles files;
  const std::vector<int32_t> four = {7, 8, 9, 10};
  const std::string npy =
      NpyFile("{'descr': '<i4', 'fortran_order': False, 'shape': (2, 2), }", BytesOf(four));
  // An .ibin may carry the distances of its ids behind them.
  const std::string with_distances = BinFile(2, 2, four) + BytesOf(std::vector<float>(4, 0.5F));
  const std::string vecs = BytesOf(std::vector<int32_t>{2, 7, 8, 2, 9, 10});
  for (const std::string& path :
       {files.Write("a.npy", npy), files.Write("a.ibin", BinFile(2, 2, four)),
        files.Write("b.ibin", with_distances), files.Write("a.ivecs", vecs)}) {
    const auto file = OpenIds(path);
    ASSERT_TRUE(file.ok()) << file.error().message;
    EXPECT_EQ(file->rows(), 2U);
    EXPECT_THAT(file->RowSpan(1), ElementsAre(9, 10));
  }
}

TEST(VectorFileTest, ReadsWhatNpyWriterWrote) {
  const DataFiles files;
  const std::string path = files.Path("a.npy");
  auto writer = NpyWriter::Create(path, 2, 3);
  ASSERT_TRUE(writer.ok());
  ASSERT_TRUE(writer->Append(std::span(kSix).first(3)).ok());
  ASSERT_TRUE(writer->Append(std::span(kSix).last(3)).ok());
  EXPECT_FALSE(writer->Append(kSix).ok());
  ASSERT_TRUE(writer->Close().ok());
  ExpectTwoByThree(path);
}

TEST(VectorFileTest, RefusesWhatIsNotThereOrOfNoKnownKind) {
  const DataFiles files;
  EXPECT_THAT(RefusalOf(files.Path("missing.npy")), HasSubstr("No such file"));
  EXPECT_THAT(RefusalOf(files.Path("")), HasSubstr("not a regular file"));
  EXPECT_THAT(RefusalOf(files.Write("a.fbin", "")), HasSubstr("is empty"));
  EXPECT_THAT(RefusalOf(files.Write("a.csv", "1,2")), HasSubstr(".npy, .fvecs and .fbin"));
  // Ids are not vectors, nor the other way round.
  EXPECT_THAT(RefusalOf(files.Write("a.ibin", BinFile(2, 3, kSix))), HasSubstr("'.ibin'"));
  EXPECT_FALSE(OpenIds(files.Write("a.fbin", BinFile(2, 3, kSix))).ok());
}

TEST(VectorFileTest, RefusesOtherTypesAndOrders) {
  const DataFiles files;
  const auto refusal = [&](const std::string& header) {
    return RefusalOf(files.Write("a.npy", NpyFile(header, BytesOf(kSix))));
  };
  EXPECT_THAT(refusal("{'descr': '<f8', 'fortran_order': False, 'shape': (1, 3), }"),
              AllOf(HasSubstr("'<f8'"), HasSubstr("'<f4'")));
  EXPECT_THAT(refusal("{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), }"),
              HasSubstr("'>f4'"));
  EXPECT_THAT(refusal("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }"),
              HasSubstr("fortran_order True"));
  EXPECT_THAT(refusal("{'fortran_order': False, 'shape': (2, 3), }"), HasSubstr("dtype nothing"));
}

TEST(VectorFileTest, RefusesOtherShapes) {
  const DataFiles files;
  const auto refusal = [&](const std::string& shape) {
    return RefusalOf(files.Write(
        "a.npy", NpyFile("{'descr': '<f4', 'fortran_order': False, 'shape': " + shape + ", }",
                         BytesOf(kSix))));
  };
  for (const char* shape : {"(6,)", "(1, 2, 3)", "()", "(2, 3", "(2, x)", "(-2, 3)", "2"}) {
    EXPECT_THAT(refusal(shape), HasSubstr("(rows, columns) is wanted")) << shape;
  }
  EXPECT_THAT(refusal("(0, 3)"), HasSubstr("at least one row"));
  EXPECT_THAT(refusal("(2, 0)"), HasSubstr("at least one row"));
}

TEST(VectorFileTest, RefusesNpyThatIsCutShortOrTooLong) {
  const DataFiles files;
  const std::string whole = NpyFile(kTwoByThree, BytesOf(kSix));
  // Wherever the file ends early, it is told and nothing past its end is read.
  for (size_t size = 1; size < whole.size(); ++size) {
    RefusalOf(files.Write("a.npy", whole.substr(0, size)));
  }
  EXPECT_THAT(RefusalOf(files.Write("a.npy", whole.substr(0, whole.size() - 1))),
              HasSubstr("is truncated"));
  EXPECT_THAT(RefusalOf(files.Write("a.npy", whole + "x")), HasSubstr("1 bytes after"));
  std::string version = whole;
  version[6] = 9;
  EXPECT_THAT(RefusalOf(files.Write("a.npy", version)), HasSubstr("version 9"));
}

TEST(VectorFileTest, RefusesMalformedVecs) {
  const DataFiles files;
  const std::string whole = VecsFile({{1, 2, 3}, {4, 5, 6}});
  EXPECT_THAT(RefusalOf(files.Write("a.fvecs", whole.substr(0, 30))), HasSubstr("is truncated"));
  EXPECT_THAT(RefusalOf(files.Write("a.fvecs", "ab")), HasSubstr("is truncated"));
  std::string lengths = whole;
  lengths[16] = 4;
  EXPECT_THAT(RefusalOf(files.Write("a.fvecs", lengths)), HasSubstr("4 values in row 1 and 3"));
  lengths = whole;
  lengths[3] = '\xff';
  EXPECT_THAT(RefusalOf(files.Write("a.fvecs", lengths)), HasSubstr("a row of length -"));
}

TEST(VectorFileTest, RefusesMalformedBins) {
  const DataFiles files;
  const std::string whole = BinFile(2, 3, kSix);
  EXPECT_THAT(RefusalOf(files.Write("a.fbin", whole.substr(0, 7))), HasSubstr("is truncated"));
  EXPECT_THAT(RefusalOf(files.Write("a.fbin", whole.substr(0, 31))), HasSubstr("is truncated"));
  EXPECT_THAT(RefusalOf(files.Write("a.fbin", whole + "1234")), HasSubstr("4 bytes after"));
  EXPECT_THAT(RefusalOf(files.Write("a.fbin", BinFile(0, 3, kSix))), HasSubstr("one row"));
  // A header whose product is beyond 64 bits of bytes.
  EXPECT_THAT(RefusalOf(files.Write("a.fbin", BinFile(0xffffffff, 0xffffffff, kSix))),
              HasSubstr("is truncated"));
}

TEST(VectorFileTest, RefusesWhatIsNotFinite) {
  const DataFiles files;
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    std::vector<float> values = kSix;
    values[4] = bad;
    EXPECT_THAT(RefusalOf(files.Write("a.fbin", BinFile(2, 3, values))),
                HasSubstr("in row 1, column 1"));
  }
}

}  // namespace
}  // namespace vecgate::bench
