#include "core/checkpoint/import_answers.h"

#include <gtest/gtest.h>

#include "core/files.h"
#include "tests/error_of.h"

namespace gatescope::checkpoint {
namespace {

namespace fs = std::filesystem;

class Answers : public testing::Test {
 protected:
  Answers() {
    folder_ = fs::path(testing::TempDir()) / (std::string("gatescope_answers_") +
                                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
    nn::ModelSpec spec;
    spec.cell = "rnn";
    spec.hidden = 3;
    const nn::Network<float> network(spec, {nn::InputKind::characters, 2, nn::Readout::softmax, 2});
    Safetensors file;
    file.tensors = model_file(network, {}, nullptr).tensors;
    model_ = folder_ / "m.safetensors";
    write_safetensors(model_, file);
  }
  ~Answers() override { fs::remove_all(folder_); }

  fs::path folder_, model_;
};

TEST_F(Answers, AreKeptBesideTheModelAndUsedTheNextTime) {
  EXPECT_THROW(load_model_as_before(model_, {}, folder_ / "state"), Unanswered);
  const ImportAnswers answers{{"a", "b"}, "rnn_relu", "", ""};
  EXPECT_EQ(remember_answers(model_, answers, folder_ / "state"), folder_ / "m.safetensors.gatescope.json");
  EXPECT_EQ(read_answers(answers_beside(model_)), answers);
  const ModelFile file = load_model_as_before(model_, {}, folder_ / "state");
  EXPECT_EQ(file.spec.cell, "rnn_relu");
  EXPECT_EQ(file.vocabulary, answers.vocabulary);
  ASSERT_EQ(file.notes.size(), 1U);
  EXPECT_NE(file.notes[0].find("said of it before"), std::string::npos);
  // What is said now wins.
  EXPECT_EQ(load_model_as_before(model_, {std::nullopt, "rnn", "", ""}, "").spec.cell, "rnn");
}

TEST_F(Answers, GoIntoTheStateFolderWhereTheModelsCannotBeWritten) {
  fs::create_directory(answers_beside(model_));  // nothing can be written there
  const fs::path kept = remember_answers(model_, {{"x", "y"}, "", "", ""}, folder_ / "state");
  EXPECT_EQ(kept, answers_in(folder_ / "state", read_file(model_)));
  EXPECT_EQ(load_model_as_before(model_, {}, folder_ / "state").vocabulary,
            (std::vector<std::string>{"x", "y"}));
}

TEST_F(Answers, ThatAreBrokenOrDoNotFitAreLeftAsideWithANote) {
  const ImportOptions given{std::nullopt, "", "", "", {"a", "b"}};
  for (const char* text : {"{", "[]", R"({"format": "gatescope answers", "cell": "none"})",
                           R"({"format": "gatescope answers", "cell": "lstm"})",
                           R"({"format": "gatescope answers", "surprise": 1})"}) {
    write_file(answers_beside(model_), text);
    const ModelFile file = load_model_as_before(model_, given, "");
    ASSERT_EQ(file.notes.size(), 2U) << text;
    EXPECT_NE(file.notes[0].find("is left aside"), std::string::npos) << file.notes[0];
  }
}

}  // namespace
}  // namespace gatescope::checkpoint
