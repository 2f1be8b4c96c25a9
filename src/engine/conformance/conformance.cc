#include "engine/conformance/conformance.h"

#include <gtest/gtest.h>

#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

class CaseTest : public ::testing::Test {
 public:
  CaseTest(EngineUnderTest engine, Case test_case) : engine_(std::move(engine)), case_(test_case) {}

  void TestBody() override {
    Fixture fixture(engine_);
    case_.run(fixture);
  }

 private:
  EngineUnderTest engine_;
  Case case_;
};

}  // namespace

bool Register(const EngineUnderTest& engine) {
  const std::string suite = engine.name + "Conformance";
  for (const auto& cases : {CollectionCases(), WriteCases(), SearchCases(), SelectionCases(),
                            QueryCases(), InterruptionCases(), ConcurrencyCases(), ReopenCases(),
                            VectorTypeCases(), RandomFilterCases(), HostileTextCases()}) {
    for (const Case& test_case : cases) {
      ::testing::RegisterTest(
          suite.c_str(), test_case.name, nullptr, nullptr, __FILE__, __LINE__,
          [engine, test_case]() -> ::testing::Test* { return new CaseTest(engine, test_case); });
    }
  }
  return true;
}

}  // namespace vecgate::conformance
