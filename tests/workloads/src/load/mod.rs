//! The workloads, one per file. Each fills the given positions of the block.

mod dao;
mod game;
mod nft;
mod supply;
mod swap;
mod swap_routed;
mod transfer;

use crate::Workload;
use crate::world::World;

/// Sets up the contracts of `workload` and its calls at `indices`.
pub(crate) fn fill(workload: Workload, world: &mut World, indices: &[usize]) {
    match workload {
        Workload::Transfer => transfer::fill(world, indices),
        Workload::Swap => swap::fill(world, indices),
        Workload::SwapRouted => swap_routed::fill(world, indices),
        Workload::Game => game::fill(world, indices),
        Workload::Supply => supply::fill(world, indices),
        Workload::Dao => dao::fill(world, indices),
        Workload::Nft => nft::fill(world, indices),
        Workload::Mixed => mixed(world, indices),
    }
}

/// Deals the positions out to all the others in turn.
fn mixed(world: &mut World, indices: &[usize]) {
    let others: Vec<_> = Workload::ALL
        .into_iter()
        .filter(|workload| *workload != Workload::Mixed)
        .collect();
    for (turn, workload) in others.iter().enumerate() {
        let share: Vec<_> = indices
            .iter()
            .copied()
            .skip(turn)
            .step_by(others.len())
            .collect();
        fill(*workload, world, &share);
    }
}
