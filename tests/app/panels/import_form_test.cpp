// The form that asks for what a model's file does not say.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/checkpoint/import_answers.h"
#include "core/files.h"
#include "tests/app/panels/window_driver.h"

namespace gatescope::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

struct ImportFormTest : testing::Test {
  WindowDriver w{{1280, 900, plot::ThemeName::dark, 1}};
  fs::path model = w.at("theirs.safetensors");

  void SetUp() override {
    w.open_tiny({"rnn"});
    checkpoint::Safetensors theirs;
    theirs.tensors = w.bench().session().model_files().get().front().tensors;
    write_safetensors(model, theirs);
    vocabulary = w.now().vocabulary;
  }

  std::string typed() const {
    std::string text;
    for (const std::string& entry : vocabulary) text += entry == "\n" ? "\\n" : entry;
    return text;
  }

  std::vector<std::string> vocabulary;
};

TEST_F(ImportFormTest, AsksShowsWhatIsWrongOpensAndRemembers) {
  w.drop({model});
  ASSERT_TRUE(w.bench().files().question());
  EXPECT_THAT(w.bench().files().question()->problem, HasSubstr("says nothing of its characters"));
  EXPECT_TRUE(w.has("Open##import"));

  w.enter("##characters", "ab");
  w.click("Open##import");
  w.settle();
  ASSERT_TRUE(w.bench().files().question());
  EXPECT_THAT(w.bench().files().question()->problem, HasSubstr("the vocabulary has 2 characters"));

  w.enter("##characters", typed());
  w.click("Cell##import");
  w.click("rnn_relu##Cell");
  w.click("Open##import");
  w.settle();
  EXPECT_FALSE(w.bench().files().question());
  EXPECT_EQ(w.now().vocabulary, vocabulary);
  EXPECT_EQ(w.now().models.at(0).cell->key, "rnn_relu");
  EXPECT_EQ(checkpoint::read_answers(checkpoint::answers_beside(model)),
            (checkpoint::ImportAnswers{vocabulary, "rnn_relu", "", ""}));

  w.begin_again();
  w.drop({model});
  EXPECT_FALSE(w.bench().files().question());
  EXPECT_EQ(w.now().models.at(0).cell->key, "rnn_relu");
  EXPECT_TRUE(w.said("said of it before")) << w.messages();
}

TEST_F(ImportFormTest, CancelLeavesWhatWasOpen) {
  const std::string title = w.now().experiment.title;
  w.drop({model});
  w.click("Cancel##import");
  w.settle();
  EXPECT_FALSE(w.bench().files().question());
  EXPECT_EQ(w.now().experiment.title, title);
  EXPECT_FALSE(fs::exists(checkpoint::answers_beside(model)));
}

TEST_F(ImportFormTest, OptionsAnswerBeforeItAsks) {
  ui::OpenOptions options;
  options.import.entries = vocabulary;
  w.bench().files().open({model}, options);
  w.settle();
  EXPECT_FALSE(w.bench().files().question());
  EXPECT_TRUE(w.said("tanh is assumed")) << w.messages();
  options.import.entries.clear();
  options.ask = false;
  w.bench().files().open({model}, options);
  EXPECT_FALSE(w.bench().files().question());
  EXPECT_TRUE(w.said("--vocab FILE")) << w.messages();
}

}  // namespace
}  // namespace gatescope::test
