#include "app/kit/file_browser.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "core/files.h"
#include "tests/app/kit/driver.h"

namespace gatescope::test {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using ui::FileBrowser;
using ui::Key;

struct FileBrowserTest : testing::Test {
  fs::path folder = fs::canonical(fs::temp_directory_path()) /
                    (std::string("browser_") + testing::UnitTest::GetInstance()->current_test_info()->name());
  Driver driver{{900, 640, plot::ThemeName::dark, 1}};
  FileBrowser browser;
  std::optional<fs::path> chosen;

  void SetUp() override {
    fs::remove_all(folder);
    write_file(folder / "Beta.json", "{}");
    write_file(folder / "alpha.json", "{}");
    write_file(folder / "notes.txt", std::string(123456, 'x'));
    write_file(folder / ".hidden.json", "{}");
    write_file(folder / "texts/poem.txt", "roses");
    fs::create_directories(folder / "Archive");
    driver.show_in_window([this] {
      if (auto path = browser.draw(driver.gui.look())) chosen = path;
    });
  }
  void TearDown() override {
    std::error_code ignored;
    fs::permissions(folder / "Archive", fs::perms::owner_all, ignored);
    fs::remove_all(folder);
  }

  void open(std::vector<std::string> extensions = {}) {
    browser.open({.folder = folder, .extensions = std::move(extensions)});
    driver.settle();
    driver.frames(20);
  }
  void save(const std::string& name) {
    browser.open(
        {.purpose = FileBrowser::Purpose::save, .folder = folder, .name = name, .extensions = {".json"}});
    driver.settle();
    driver.frames(20);
  }
};

TEST_F(FileBrowserTest, FoldersComeFirstThenFilesByName) {
  open();
  std::vector<std::string> names;
  for (const auto& item : driver.gui.items().items)
    if (item.label.ends_with("##entry")) names.push_back(item.label.substr(0, item.label.size() - 7));
  EXPECT_THAT(names, testing::ElementsAre("Archive", "texts", "alpha.json", "Beta.json", "notes.txt"));
}

TEST_F(FileBrowserTest, FileIsOpenedByItsButtonByDoubleClickAndByKeys) {
  open();
  EXPECT_FALSE(driver.item("Open##browser").enabled);
  driver.click("notes.txt");
  driver.click("Open##browser");
  EXPECT_EQ(chosen, folder / "notes.txt");
  EXPECT_FALSE(browser.is_open());
  chosen.reset();

  open();
  driver.double_click("texts");
  EXPECT_EQ(browser.folder(), folder / "texts");
  driver.double_click("poem.txt");
  EXPECT_EQ(chosen, folder / "texts/poem.txt");
  chosen.reset();

  open();
  for (int i = 0; i < 3; ++i) driver.key(Key::down);
  driver.key(Key::enter);
  EXPECT_EQ(chosen, folder / "alpha.json");
}

TEST_F(FileBrowserTest, OnlyFilesOfTheRightKindAreShownUnlessAsked) {
  open({".json"});
  EXPECT_FALSE(driver.has("notes.txt"));
  EXPECT_FALSE(driver.has(".hidden.json"));
  EXPECT_TRUE(driver.has("texts"));
  driver.click("All files");
  EXPECT_TRUE(driver.has("notes.txt"));
  driver.click("Hidden files");
  EXPECT_TRUE(driver.has(".hidden.json"));
}

TEST_F(FileBrowserTest, EscapeAndCancelCloseIt) {
  open();
  driver.key(Key::escape);
  EXPECT_FALSE(browser.is_open());
  open();
  driver.click("Cancel##browser");
  EXPECT_FALSE(browser.is_open());
  EXPECT_FALSE(driver.gui.popup_open());
  EXPECT_EQ(chosen, std::nullopt);
}

TEST_F(FileBrowserTest, EscapeLeavesAFieldFirst) {
  open();
  driver.click("##path");
  driver.key(Key::escape);
  EXPECT_TRUE(browser.is_open());
  driver.key(Key::escape);
  EXPECT_FALSE(browser.is_open());
}

TEST_F(FileBrowserTest, BackspaceAndUpGoToTheFolderAbove) {
  open();
  driver.double_click("texts");
  driver.key(Key::backspace);
  EXPECT_EQ(browser.folder(), folder);
  driver.click("Up##browser");
  EXPECT_EQ(browser.folder(), folder.parent_path());
}

TEST_F(FileBrowserTest, PathsCanBeTypedAndPasted) {
  open();
  driver.click("##path");
  driver.type((folder / "texts").string());
  driver.key(Key::enter);
  EXPECT_EQ(browser.folder(), folder / "texts");
  EXPECT_TRUE(browser.is_open());
  driver.click("##path");
  driver.type("  '" + (folder / "alpha.json").string() + "' ");
  driver.key(Key::enter);
  EXPECT_EQ(chosen, folder / "alpha.json");
}

TEST_F(FileBrowserTest, WhatIsNotThereIsSaidInOneLine) {
  open();
  driver.click("##path");
  driver.type("/no/such/place");
  driver.key(Key::enter);
  EXPECT_EQ(driver.text("##problem"), "there is no /no/such/place");
  EXPECT_TRUE(browser.is_open());
  fs::remove(folder / "alpha.json");
  driver.click("alpha.json");
  driver.click("Open##browser");
  EXPECT_THAT(driver.text("##problem"), HasSubstr("no longer there"));
}

TEST_F(FileBrowserTest, UnreadableFolderIsSaidInOneLine) {
  if (geteuid() == 0) {
    fs::remove(folder / "Archive");
    open();
    browser.open({.folder = folder / "Archive"});
    driver.settle();
    EXPECT_THAT(driver.text("##problem"), HasSubstr("cannot be read: No such file"));
    return;  // root may read everything
  }
  fs::permissions(folder / "Archive", fs::perms::none);
  open();
  driver.double_click("Archive");
  EXPECT_THAT(driver.text("##problem"), HasSubstr("cannot be read: Permission denied"));
}

TEST_F(FileBrowserTest, SavesUnderATypedNameAndAddsTheExtension) {
  save("session.json");
  EXPECT_TRUE(driver.gui.wants_text()) << "the name can be typed at once";
  driver.type("lecture 3");
  driver.key(Key::enter);
  EXPECT_EQ(chosen, folder / "lecture 3.json");
}

TEST_F(FileBrowserTest, NothingIsWrittenOverUnasked) {
  save("alpha.json");
  driver.key(Key::enter);
  EXPECT_EQ(chosen, std::nullopt);
  EXPECT_THAT(driver.text("##problem"), HasSubstr("alpha.json is there already"));
  driver.key(Key::enter);
  EXPECT_EQ(chosen, std::nullopt) << "a second Enter is not an answer";
  driver.click("Replace##browser");
  EXPECT_EQ(chosen, folder / "alpha.json");
}

TEST_F(FileBrowserTest, AChangedNameTakesTheQuestionBack) {
  save("alpha.json");
  driver.key(Key::enter);
  ASSERT_TRUE(driver.has("Replace##browser"));
  driver.click("##name");
  driver.type("gamma.json");
  driver.click("Archive##entry");
  EXPECT_FALSE(driver.has("Replace##browser"));
  EXPECT_EQ(driver.text("##name"), "gamma.json");
}

TEST_F(FileBrowserTest, NoNameAndAFoldersNameAreRefused) {
  save("");
  driver.key(Key::escape);
  driver.click("Save##browser");
  EXPECT_EQ(driver.text("##problem"), "a name is needed");
  fs::create_directories(folder / "x.json");
  driver.click("##name");
  driver.type("x");
  driver.key(Key::enter);
  EXPECT_EQ(driver.text("##problem"), "x.json is a folder");
  EXPECT_EQ(chosen, std::nullopt);
}

TEST_F(FileBrowserTest, ThousandsOfFilesAreListedAndScrolledByKeys) {
  for (int i = 0; i < 3000; ++i)
    std::ofstream(folder / "Archive" / (std::to_string(10000 + i) + ".txt")) << i;
  browser.open({.folder = folder / "Archive"});
  driver.settle();
  EXPECT_TRUE(driver.has("10000.txt"));
  driver.key(Key::up);
  driver.settle();
  EXPECT_TRUE(driver.has("12999.txt"));
  driver.key(Key::enter);
  EXPECT_EQ(chosen, folder / "Archive/12999.txt");
}

TEST_F(FileBrowserTest, NamesThatAreNotUtf8AreShownAndOpened) {
  write_file(folder / "Archive/\xff\xfe.txt", "x");
  browser.open({.folder = folder / "Archive"});
  driver.settle();
  driver.key(Key::down);
  driver.key(Key::enter);
  EXPECT_EQ(chosen, folder / "Archive/\xff\xfe.txt");
}

}  // namespace
}  // namespace gatescope::test
