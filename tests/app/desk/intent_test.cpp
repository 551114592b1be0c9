#include "app/desk/intent.h"

#include <gtest/gtest.h>

#include "core/error.h"
#include "tests/rules.h"

namespace gatescope::ui {
namespace {

experiment::Experiment wide() {
  experiment::Experiment e;
  e.models[0].hidden = 20;
  e.task.beside = "/somewhere";
  return e;
}

/// One of every kind, each with values that are not the usual ones.
std::vector<Intent> one_of_each() {
  session::Probe probe{.text = "the", .sequence = 2, .rules = rules({"f=0"}), .force_training = true};
  ViewState view;
  view.unit = 4;
  view.sort = "f";
  view.own_scales = true;
  view.steps = plot::Steps{3, 30};
  view.left_column = false;
  return {Edit{"all", wide(), probe, view, true},
          EditExperiment{"units", wide(), true, true},
          SetProbeText{"žluť 𝄞"},
          SetProbeSequence{{.values = {{0.5, -1}, {0, 2}}, .expected = {{}, {0.25}}}},
          ChooseSequence{7},
          ColourBy{"loss"},
          SortUnits{"influence"},
          SetOwnScales{false},
          SetTheme{plot::ThemeName::projector},
          SetLanguage{"de"},
          ShowPresenter{false},
          SetTextSize{1.5},
          ShowViews{{"cell", "states"}},
          ShowGrid{false},
          ShowBeside{"cell"},
          ShowForcePanel{false},
          ShowLeftColumn{false},
          ShowRightColumn{false},
          SetForceScope{{{3, 3}, {5, 9}}, {{10, 20}, {30, nn::kOpenEnd}}},
          SetTransitions{false},
          ChooseModel{2},
          ChooseLayer{1},
          ChooseUnit{3},
          ForceTraining{false},
          AddRule{rule("i=*0.5")},
          ReplaceRule{1, rule("o=1")},
          RemoveRule{1},
          ReleaseAll{},
          Force{rule("f[3]@5-=0")},
          Free{rule("f[3]@5-=0")},
          FreeWithin{rule("f[3]@5-=0"), 8},
          ChooseStep{9},
          ShowSteps{20, 60},
          ChooseLoss{7},
          ShowLinearGradient{true},
          SetSpeed{3.5},
          SetLoop{false},
          SetPanelSizes{200, 210, 90},
          Play{-1, 12},
          PlayPulse{false},
          SetPulse{2.5},
          SetLens{12},
          Mark{{"f", {{3, 5}}, {{10, 14}}, true, 0.25}},
          Unmark{},
          OpenDialog{Dialog::save_session, true},
          CloseDialog{},
          OpenMenu{"View"},
          CloseMenu{},
          OpenViewMenu{"cell"},
          TypeRule{"f[3"},
          ChooseExport{{.view = "cell",
                        .path = "a.pdf",
                        .kind = "pdf",
                        .theme = plot::ThemeName::light,
                        .page = "slide",
                        .width = 3,
                        .height = 4,
                        .font_size = 9,
                        .print = true,
                        .with_model = false,
                        .svg_text = true,
                        .csv_bom = true}},
          SetFullscreen{false},
          QuitWindow{false},
          Train{false},
          UpdateOnce{},
          Restart{},
          TrainYourself{},
          ShowUpdate{300},
          GoOnFrom{300, false},
          ReturnTo{1},
          GoBack{},
          SetPace{4},
          Undo{},
          Redo{},
          OpenPreset{"race"},
          OpenFiles{{"a.txt", "b.safetensors"}},
          SaveSession{"s.gatescope"},
          ExportFigure{.path = "a.png",
                       .view = "cell",
                       .width = 100,
                       .height = 90,
                       .theme = plot::ThemeName::projector,
                       .scale = 3,
                       .font_size = 8,
                       .with_model = false,
                       .print = true,
                       .svg_text = true,
                       .csv_bom = true},
          CancelExport{},
          CancelOpening{},
          AnswerImport{{"a", "b"}, "v.json", "gru", "fc", "none"},
          LeaveImport{},
          AskImportAgain{},
          OpenLeftBehind{2},
          ThrowAwayLeftBehind{1},
          KeepLeftBehind{},
          MeasureView{"fan"},
          StopMeasuring{"fan"},
          ChooseClaim{"latch"},
          MeasureClaim{"latch"},
          StopClaim{},
          OpenClaim{"latch"},
          DismissNotice{3},
          OpenLesson{"cell", "de"},
          GoOnLesson{-1},
          AnswerLesson{.step = "guess", .choice = {}, .number = 0.5},
          CloseLesson{},
          RecordLesson{false}};
}

Document reduced(std::initializer_list<Intent> intents, Document document = {}) {
  for (const Intent& intent : intents) document = reduce(std::move(document), intent);
  return document;
}

std::string refusal(const char* json) {
  try {
    intents_from_json(nlohmann::json::parse(json), "lesson.json");
  } catch (const Error& error) {
    return error.what();
  }
  return "read";
}

TEST(Intent, EachIsWrittenAndReadAgain) {
  const auto all = one_of_each();
  ASSERT_EQ(all.size(), std::variant_size_v<Intent>) << "a new kind belongs into one_of_each()";
  for (std::size_t k = 0; k < all.size(); ++k) {
    ASSERT_EQ(all[k].index(), k);
    const nlohmann::json written = nlohmann::json::parse(to_json(all[k]).dump());
    EXPECT_EQ(intent_from_json(written, "/0", "x"), all[k]) << written;
  }
  EXPECT_EQ(to_json(Intent(ChooseStep{9})), nlohmann::json::parse(R"({"intent": "choose_step", "step": 9})"));
  EXPECT_EQ(intent_from_json(to_json(Intent(ChooseUnit{})), "", "x"), Intent(ChooseUnit{}));
  EXPECT_EQ(intent_from_json(to_json(Intent(SetPulse{})), "", "x"), Intent(SetPulse{}));
}

TEST(Intent, WhatIsWrongIsRefusedWithItsPlace) {
  const auto expect = [](const char* json, std::initializer_list<const char*> parts) {
    const std::string told = refusal(json);
    for (const char* part : parts) EXPECT_NE(told.find(part), std::string::npos) << told;
  };
  expect(R"({})", {"lesson.json", "a list of intents"});
  expect(R"([{"intent": "redo"}, {"intent": "jump"}])", {"lesson.json", "/1/intent", "jump"});
  expect(R"([{"step": 3}])", {"/0/intent"});
  expect(R"([{"intent": "choose_step", "stop": 3}])", {"/0", "stop", "step"});
  expect(R"([{"intent": "choose_step", "step": -1}])", {"/0/step", "-1", "0"});
  expect(R"([{"intent": "choose_unit", "unit": "all"}])", {"/0/unit", "all"});
  expect(R"([{"intent": "set_theme", "theme": "pink"}])", {"/0/theme", "pink", "projector"});
  expect(R"([{"intent": "show_beside", "view": "moon"}])", {"/0/view", "moon"});
  expect(R"([{"intent": "show_views", "views": []}])", {"/0/views", "one view or more"});
  expect(R"([{"intent": "add_rule", "rule": "f"}])", {"/0/rule"});
  expect(R"([{"intent": "set_force_scope", "units": "two"}])", {"/0/units", "two", "3,5-9"});
  expect(R"([{"intent": "open_dialog", "dialog": "moon"}])", {"/0/dialog", "moon", "left_behind"});
  expect(R"([{"intent": "choose_export", "kind": "doc"}])", {"/0/kind", "doc", "svg"});
  expect(R"([{"intent": "choose_export", "page": "poster"}])", {"/0/page", "poster", "slide"});
  expect(R"([{"intent": "export_figure", "width": 0}])", {"/0/width", "0"});
  expect(R"([{"intent": "play", "direction": 2}])", {"/0/direction", "2"});
  expect(R"([{"intent": "edit_experiment", "experiment": {"models": [{"hidden": 0}]}}])",
         {"/0/experiment", "/models/0/hidden"});
  expect(R"([{"intent": "edit_experiment"}])", {"/0/experiment", "an experiment"});
}

TEST(Intent, ReducingChangesWhatItSaysAndNothingElse) {
  Document d;
  const auto expect = [&](const Intent& intent, const std::function<void(Document&)>& change) {
    Document wanted = d;
    change(wanted);
    d = reduce(std::move(d), intent);
    EXPECT_EQ(d, wanted) << to_json(intent);
  };
  expect(EditExperiment{"units", wide()}, [](Document& w) { w.experiment = wide(); });
  expect(SetProbeText{"the"}, [](Document& w) { w.probe.text = "the"; });
  expect(EditExperiment{"text", wide(), true}, [](Document& w) { w.probe.text.clear(); });
  const observe::GivenSequence given{.characters = {"B"}, .labels = {0}, .classes = {"X"}};
  expect(SetProbeSequence{given}, [&](Document& w) { w.probe.given = given; });
  expect(ChooseSequence{7}, [](Document& w) { w.probe.sequence = 7, w.probe.given.reset(); });
  expect(ColourBy{"loss"}, [](Document& w) { w.view.coloured_by = "loss"; });
  expect(ShowSteps{20, 60}, [](Document& w) { w.view.steps = plot::Steps{20, 60}; });
  expect(ShowSteps{60, 20}, [](Document&) {});
  expect(ChooseStep{61}, [](Document& w) {
    w.view.step = 61;
    w.replay.position = 61;
    w.view.steps = plot::Steps{57, 97};
  });
  expect(ShowSteps{}, [](Document& w) { w.view.steps.reset(); });
  expect(SortUnits{"influence"}, [](Document& w) { w.view.sort = "influence"; });
  expect(SetOwnScales{true}, [](Document& w) { w.view.own_scales = true; });
  expect(SetTheme{plot::ThemeName::light}, [](Document& w) { w.view.theme = plot::ThemeName::light; });
  expect(ShowForcePanel{false}, [](Document& w) { w.view.force_panel = false; });
  expect(ShowLeftColumn{false}, [](Document& w) { w.view.left_column = false; });
  expect(ShowRightColumn{true}, [](Document& w) { w.view.right_column = true; });
  expect(SetForceScope{{{2, 2}}, {{3, 5}}}, [](Document& w) {
    w.view.force_units = {{2, 2}}, w.view.force_steps = {{3, 5}};
  });
  expect(OpenMenu{"View"}, [](Document& w) { w.window.menu = "View"; });
  expect(OpenDialog{Dialog::help},
         [](Document& w) { w.window.dialog = Dialog::help, w.window.menu.clear(); });
  expect(OpenDialog{Dialog::save_session, true},
         [](Document& w) { w.window.dialog = Dialog::save_session, w.window.quit_when_saved = true; });
  expect(CloseDialog{},
         [](Document& w) { w.window.dialog = Dialog::none, w.window.quit_when_saved = false; });
  expect(OpenMenu{"Edit"}, [](Document& w) { w.window.menu = "Edit"; });
  expect(CloseMenu{}, [](Document& w) { w.window.menu.clear(); });
  expect(ChooseExport{{.view = "cell", .print = true}},
         [](Document& w) { w.window.export_form = {.view = "cell", .print = true}; });
  expect(SetFullscreen{true}, [](Document& w) { w.window.fullscreen = true; });
  expect(QuitWindow{true}, [](Document& w) { w.window.quit = Quit::keep; });
  expect(ChooseModel{1}, [](Document& w) { w.view.model = 1; });
  expect(ChooseLayer{1}, [](Document& w) { w.view.layer = 1; });
  expect(ChooseUnit{6}, [](Document& w) { w.view.unit = 6; });
  expect(ForceTraining{true}, [](Document& w) { w.probe.force_training = true; });
  expect(SetSpeed{2}, [](Document& w) { w.view.speed = 2; });
  expect(SetLoop{false}, [](Document& w) { w.view.loop = false; });
  expect(ChooseStep{9}, [](Document& w) { w.view.step = 9, w.replay.position = 9; });
  expect(PlayPulse{true}, [](Document& w) { w.replay.pulse_playing = true, w.replay.pulse = 0; });
  expect(ChooseLoss{7},
         [](Document& w) { w.view.loss_step = 7, w.replay.pulse.reset(), w.replay.pulse_playing = false; });
  expect(ShowLinearGradient{true}, [](Document& w) { w.view.linear_gradient = true; });
  expect(Play{-1, 12}, [](Document& w) { w.replay.direction = -1, w.replay.position = 12; });
  expect(PlayPulse{true}, [](Document& w) { w.replay.pulse_playing = true, w.replay.pulse = 0; });
  expect(SetPulse{2.0}, [](Document& w) { w.replay.pulse = 2; });
  expect(SetPulse{}, [](Document& w) { w.replay.pulse.reset(), w.replay.pulse_playing = false; });
  expect(SetPanelSizes{200, 210, 90},
         [](Document& w) { w.view.left = 200, w.view.right = 210, w.view.probe = 90; });
  expect(GoBack{}, [](Document& w) { w.experiment.training.optimizer.rate /= 2; });
  for (const Intent& other : std::initializer_list<Intent>{
           Train{},          UpdateOnce{},     Restart{},          SetPace{1},
           Undo{},           Redo{},           OpenPreset{"race"}, OpenFiles{},
           SaveSession{},    ExportFigure{},   CancelExport{},     AnswerImport{},
           LeaveImport{},    AskImportAgain{}, OpenLeftBehind{},   ThrowAwayLeftBehind{},
           KeepLeftBehind{}, MeasureView{},    StopMeasuring{},    MeasureClaim{},
           StopClaim{},      OpenClaim{},      DismissNotice{}})
    expect(other, [](Document&) {});
}

TEST(Intent, ViewsGoIntoTheGridAndOutOfIt) {
  EXPECT_EQ(reduced({ShowViews{{"cell"}}, ShowBeside{"gates"}}).view.open,
            (std::vector<std::string>{"cell", "gates"}));
  EXPECT_EQ(reduced({ShowViews{{"cell", "gates"}}, ShowBeside{"cell"}}).view.open,
            std::vector<std::string>{"gates"});
  EXPECT_EQ(reduced({ShowViews{{"cell"}}, ShowBeside{"cell"}}).view.open, std::vector<std::string>{"cell"})
      << "the last one stays";
  EXPECT_EQ(reduced({ShowGrid{true}}).view.open.size(), 4u);
  EXPECT_EQ(reduced({ShowGrid{true}, ShowGrid{false}}).view.open, std::vector<std::string>{"gates"});
}

TEST(Intent, TheLaboratorysTabRemembersItsView) {
  EXPECT_EQ(reduced({ShowViews{{"fan"}}, ShowViews{{"gates"}}}).view.laboratory, "fan");
  EXPECT_EQ(reduced({ShowViews{{"gates"}}, ShowBeside{"lyapunov"}}).view.laboratory, "lyapunov");
  EXPECT_EQ(view_state_from_json(to_json(reduced({ShowViews{{"fan"}}}).view), "").laboratory, "fan");
  EXPECT_THROW(view_state_from_json({{"laboratory", "gates"}}, ""), Error);
}

TEST(Intent, RulesTakeThePlaceOfThoseForTheSameUnitsAndSteps) {
  const Document d =
      reduced({AddRule{rule("f=0")}, AddRule{rule("f[3]=0")}, Force{rule("f=1")}, Force{rule("i@5-9=0.5")}});
  EXPECT_EQ(d.probe.rules, rules({"f[3]=0", "f=1", "i@5-9=0.5"}));
  EXPECT_EQ(reduced({Free{rule("f=0")}}, d).probe.rules, rules({"f[3]=0", "i@5-9=0.5"}));
  EXPECT_EQ(reduced({ReplaceRule{1, rule("o=1")}}, d).probe.rules[1], rule("o=1"));
  EXPECT_EQ(reduced({RemoveRule{0}}, d).probe.rules, rules({"f=1", "i@5-9=0.5"}));
  EXPECT_EQ(reduced({ReplaceRule{9, rule("o=1")}, RemoveRule{9}}, d), d);
  EXPECT_TRUE(reduced({ReleaseAll{}}, d).probe.rules.empty());
}

TEST(Intent, UndoKnowsWhichBelongTogether) {
  EXPECT_EQ(undo_name(Force{rule("f=0")}), undo_name(Free{rule("f=0")}));
  EXPECT_NE(undo_name(Force{rule("f=0")}), undo_name(Force{rule("i=0")}));
  EXPECT_EQ(undo_name(GoBack{}), undo_name(EditExperiment{"rate", {}}));
  EXPECT_TRUE(undo_name(ChooseStep{1}).empty());
  for (const Intent& looking : std::initializer_list<Intent>{
           OpenDialog{}, CloseDialog{}, OpenMenu{}, CloseMenu{}, ChooseExport{}, SetFullscreen{},
           QuitWindow{}, ShowViews{}, ShowGrid{}, ChooseUnit{1}, SetTheme{}, ColourBy{"f"}})
    EXPECT_TRUE(undo_name(looking).empty()) << to_json(looking);
  EXPECT_FALSE(undo_name(SetProbeText{"a"}).empty());
}

}  // namespace
}  // namespace gatescope::ui
