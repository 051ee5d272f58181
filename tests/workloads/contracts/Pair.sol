// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IToken} from "./IToken.sol";

/// Constant-product pair of two tokens that it holds itself. Workload `swap-routed`.
contract Pair {
    IToken public token0;
    IToken public token1;
    uint112 public reserve0;
    uint112 public reserve1;
    uint32 public updatedAt;
    /// 1 outside of a swap, 2 within one.
    uint256 private entered;

    event Swap(
        address indexed sender, uint256 in0, uint256 in1, uint256 out0, uint256 out1, address indexed to
    );
    event Sync(uint112 reserve0, uint112 reserve1);

    error Reentered();
    error InsufficientLiquidity();
    error InsufficientInput();
    error ConstantProduct();
    error TransferFailed();

    function reserves() external view returns (uint112, uint112, uint32) {
        return (reserve0, reserve1, updatedAt);
    }

    /// Sends the asked amounts to `to`, against what was paid in beforehand. The fee is 0.3 %.
    function swap(uint256 out0, uint256 out1, address to) external {
        if (entered != 1) revert Reentered();
        entered = 2;
        (uint256 before0, uint256 before1) = (reserve0, reserve1);
        if (out0 >= before0 || out1 >= before1) revert InsufficientLiquidity();
        if (out0 > 0 && !token0.transfer(to, out0)) revert TransferFailed();
        if (out1 > 0 && !token1.transfer(to, out1)) revert TransferFailed();

        uint256 after0 = token0.balanceOf(address(this));
        uint256 after1 = token1.balanceOf(address(this));
        uint256 in0 = after0 > before0 - out0 ? after0 - (before0 - out0) : 0;
        uint256 in1 = after1 > before1 - out1 ? after1 - (before1 - out1) : 0;
        if (in0 == 0 && in1 == 0) revert InsufficientInput();
        uint256 product = (after0 * 1000 - in0 * 3) * (after1 * 1000 - in1 * 3);
        if (product < before0 * before1 * 1000 ** 2) revert ConstantProduct();

        reserve0 = uint112(after0);
        reserve1 = uint112(after1);
        updatedAt = uint32(block.timestamp);
        entered = 1;
        emit Sync(uint112(after0), uint112(after1));
        emit Swap(msg.sender, in0, in1, out0, out1, to);
    }
}
