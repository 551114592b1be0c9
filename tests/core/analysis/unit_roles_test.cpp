#include "core/analysis/unit_roles.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "core/nn/layer.h"

namespace gatescope::analysis {
namespace {

std::vector<std::string> characters_of(const std::string& text) {
  std::vector<std::string> characters;
  for (const char c : text) characters.emplace_back(1, c);
  return characters;
}

/// A tape whose channels a test fills in.
class UnitRoles : public testing::Test {
 protected:
  static constexpr Index kUnits = 6;

  nn::LayerTape<float> tape_over(const std::string& cell, const std::string& text) {
    const nn::CellInfo& info = nn::find_cell(cell);
    nn::LayerTape<float> tape(info, info.sizes(1, kUnits, 1), false);
    tape.resize(static_cast<Index>(text.size()), 1, {});
    for (int k = 0; k < static_cast<int>(info.channels.size()); ++k) tape.values(k).setConstant(0.5F);
    return tape;
  }

  static const UnitRole* find(const std::vector<UnitRole>& roles, std::string_view what) {
    const auto found = std::ranges::find(roles, what, &UnitRole::what);
    return found == roles.end() ? nullptr : &*found;
  }
};

TEST_F(UnitRoles, FindTheUnitsThatDoWhatAReaderFollows) {
  const std::string text = "a (b [c] d) \"e f\" g\nhij k (l)\n\"mn\" op";
  nn::LayerTape<float> tape = tape_over("lstm", text);
  const int f = tape.info().find("f"), c = tape.info().find("c");
  double depth = 0, inside = 0, place = 0;
  for (Index t = 0; t < tape.steps(); ++t) {
    const char at = text[t];
    depth += at == '(' || at == '[' ? 1 : at == ')' || at == ']' ? -1 : 0;
    inside = at == '"' ? 1 - inside : inside;
    place = at == '\n' ? 0 : place + 1;
    tape.values(f)(0, t) = at == ' ' ? 0.1F : 0.9F;
    tape.values(f)(1, t) = at == '\n' ? 0.0F : 0.95F;
    tape.values(f)(2, t) = 0.999F;
    tape.values(c)(2, t) = t % 2 == 0 ? 1.0F : -1.0F;
    tape.values(c)(3, t) = static_cast<float>(-2 * depth);
    tape.values(c)(4, t) = static_cast<float>(inside);
    tape.values(c)(5, t) = static_cast<float>(place);
  }
  const auto roles = unit_roles(tape, characters_of(text + "?"));  // the last is expected, not read
  const auto expect = [&](std::string_view what, int unit, const std::string& evidence) {
    const UnitRole* role = find(roles, what);
    ASSERT_TRUE(role) << what;
    EXPECT_EQ(role->unit, unit) << what;
    EXPECT_EQ(role->evidence, evidence);
  };
  expect("closes at spaces", 0, "keeps 0.10 of c at spaces, 0.90 elsewhere");
  expect("closes at line ends", 1, "keeps 0.00 of c at line ends, 0.95 elsewhere");
  expect("longest memory", 2, "c keeps 37 % over more than 37 steps");
  expect("counts brackets", 3, "correlation −1.00 of c with depth of brackets");
  expect("follows quotes", 4, "correlation 1.00 of c with an open quotation");
  expect("position in line", 5, "correlation 1.00 of c with the place in the line");
  EXPECT_FALSE(find(roles, "position in word"));
}

TEST_F(UnitRoles, AGateThatIsOpenWhereItWritesKeepsTheRest) {
  const std::string text = "ab cd ef";
  nn::LayerTape<float> tape = tape_over("mingru", text);
  const int z = tape.info().keep_gate();
  ASSERT_EQ(tape.info().channels[z].keeps, nn::Share::rest);
  for (Index t = 0; t < tape.steps(); ++t) tape.values(z)(3, t) = text[t] == ' ' ? 1.0F : 0.0F;
  const auto roles = unit_roles(tape, characters_of(text));
  ASSERT_TRUE(find(roles, "closes at spaces"));
  EXPECT_EQ(find(roles, "closes at spaces")->unit, 3);
}

TEST_F(UnitRoles, AreNoneWhereNothingIsFollowedOrNothingIsKept) {
  const nn::LayerTape<float> still = tape_over("lstm", "ab cd");
  EXPECT_TRUE(unit_roles(still, characters_of("ab cd")).empty());
  EXPECT_TRUE(unit_roles(still, characters_of("ab")).empty()) << "another text";
  nn::LayerTape<float> plain = tape_over("rnn", "ab (cd)");
  const int h = plain.info().find("h");
  for (Index t = 0; t < plain.steps(); ++t) plain.values(h)(1, t) = t >= 3 && t < 6 ? 1.0F : 0.0F;
  const auto roles = unit_roles(plain, characters_of("ab (cd)"));
  ASSERT_TRUE(find(roles, "counts brackets"));
  EXPECT_EQ(find(roles, "counts brackets")->unit, 1);
  EXPECT_FALSE(find(roles, "longest memory")) << "it has no gate";
}

}  // namespace
}  // namespace gatescope::analysis
