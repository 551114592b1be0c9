#pragma once

#include <filesystem>

#include "app/export/animation.h"

namespace gatescope::app {

/// Feeds the frames to `ffmpeg`, which writes the file. Throws as export_animation does.
void write_mp4(const std::filesystem::path& path, int frames, const FrameSource& frame,
               double frames_per_second);

}  // namespace gatescope::app
