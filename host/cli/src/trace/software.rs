//! Traces on revm with its own EIP-3155 tracer.

use color_eyre::eyre::{Result, eyre};
use gasworks::env::BlockInput;
use gasworks::reference::Reference;
use gasworks::world::{BundleState, World};
use gasworks::{Bundle, Options};
use revm::context::{BlockEnv, CfgEnv, Context, Journal, TxEnv};
use revm::database_interface::WrapDatabaseRef;
use revm::inspector::inspectors::TracerEip3155;
use revm::state::EvmState;
use revm::{DatabaseCommit as _, InspectEvm as _, MainBuilder as _};

use super::recorder::{Shared, SharedRecorder};

type Db<'w> = WrapDatabaseRef<&'w World<'w>>;
type Ctx<'w> = Context<BlockEnv, TxEnv, CfgEnv, Db<'w>, Journal<Db<'w>>, ()>;

/// Traces every transaction of a bundle that the options let run and that is valid.
///
/// # Errors
/// When the block cannot be executed.
pub fn trace_all(bundle: &Bundle, options: &Options, recorder: &SharedRecorder) -> Result<()> {
    trace(bundle, options, recorder, |_| true)
}

/// Traces one transaction.
///
/// # Errors
/// When the block cannot be executed up to it.
pub fn trace_one(
    bundle: &Bundle,
    options: &Options,
    recorder: &SharedRecorder,
    index: usize,
) -> Result<()> {
    trace(bundle, options, recorder, |at| at == index)
}

fn trace(
    bundle: &Bundle,
    options: &Options,
    recorder: &SharedRecorder,
    is_wanted: impl Fn(usize) -> bool,
) -> Result<()> {
    let spec = options.spec.spec(&bundle.block);
    let limit = options.limit_txs.unwrap_or(usize::MAX);
    let input = BlockInput::new(bundle, spec, limit)?;
    let reference = Reference::run(bundle, &input)?;
    let mut world = World::new(BundleState::new(bundle));
    for (index, known) in reference.txs.iter().enumerate() {
        if is_wanted(index) {
            restore(&mut world, &known.executed.state)?;
            recorder.borrow_mut().header(index);
            let context: Ctx<'_> = Context::new(WrapDatabaseRef(&world), spec);
            let tracer = TracerEip3155::new(Box::new(Shared(recorder.clone())));
            let mut evm = context
                .with_cfg(input.cfg.clone())
                .with_block(input.block.clone())
                .build_mainnet_with_inspector(tracer);
            let result = evm.inspect_one_tx(input.txs[index].clone())?;
            if result != known.executed.result {
                return Err(eyre!(
                    "transaction {index}: the traced run is not the reference run"
                ));
            }
            recorder.borrow_mut().traced += 1;
        }
        world.commit(known.executed.state.clone());
    }
    match reference.stopped {
        Some(error) => Err(error.into()),
        None => Ok(()),
    }
}

/// Puts back what a transaction found: the reference run keeps the original of everything that it
/// loaded. So what the system calls before the first transaction wrote is there, too.
fn restore(world: &mut World<'_>, found: &EvmState) -> Result<()> {
    for (address, account) in found {
        if account.is_loaded_as_not_existing() {
            continue;
        }
        world.insert_account_info(*address, account.original_info());
        for (key, slot) in &account.storage {
            world.insert_account_storage(*address, *key, slot.original_value())?;
        }
    }
    Ok(())
}
