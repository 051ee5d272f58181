//! Programs as harts see them: translated once, shared by all that run them.

use std::collections::HashMap;
use std::sync::Arc;

use alloy_primitives::{B256, Bytes};
use gasworks_abi::config::Config;
use gasworks_abi::fork::Fork;
use gasworks_driver::program::{ProgramKey, Translations, admit};
use gasworks_driver::{Capabilities, DeviceError, Level, Program, Submission, SubmitError};

use crate::Image;

/// Most images that are kept; beyond it all are forgotten.
const MAX_CACHED: usize = 4096;

/// The images of a device.
#[derive(Debug)]
pub struct Images {
    capabilities: Capabilities,
    translations: Translations,
    images: HashMap<ProgramKey, Arc<Image>>,
}

impl Images {
    /// For a device with the limits of a configuration, whose programs are translated at a level.
    #[must_use]
    pub fn new(config: &Config, level: Level) -> Self {
        Self {
            capabilities: Capabilities::from_config(config),
            translations: Translations::new(level),
            images: HashMap::new(),
        }
    }

    /// The image of a submission that the device can run.
    pub(crate) fn admit(&mut self, submission: &Submission) -> Result<Arc<Image>, SubmitError> {
        let program = admit(&self.capabilities, &mut self.translations, submission)
            .map_err(SubmitError::Declined)?;
        let key = ProgramKey::new(submission.code_hash, submission.fork);
        let image = self.image(key, program, &submission.code);
        image.map_err(|error| {
            SubmitError::Device(DeviceError::Internal {
                device: "iss",
                tag: submission.tag,
                detail: error.to_string(),
            })
        })
    }

    /// The image of a code that runs; `None` when the device cannot take it.
    pub fn of_code(&mut self, code: &Bytes, code_hash: B256, fork: Fork) -> Option<Arc<Image>> {
        let key = ProgramKey::new(code_hash, fork);
        if let Some(image) = self.images.get(&key) {
            return Some(Arc::clone(image));
        }
        let program = self
            .translations
            .fitting(&self.capabilities, code, code_hash, fork);
        self.image(key, program.ok()?, code).ok()
    }

    fn image(
        &mut self,
        key: ProgramKey,
        program: Arc<Program>,
        code: &Bytes,
    ) -> Result<Arc<Image>, crate::ImageError> {
        if let Some(image) = self.images.get(&key) {
            return Ok(Arc::clone(image));
        }
        let image = Arc::new(Image::of_program(program, code.clone())?);
        if self.images.len() >= MAX_CACHED {
            self.images.clear();
        }
        self.images.insert(key, Arc::clone(&image));
        Ok(image)
    }
}
