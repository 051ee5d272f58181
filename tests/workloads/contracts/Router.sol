// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity 0.8.37;

import {IToken} from "./IToken.sol";
import {Pair} from "./Pair.sol";

/// Takes a trader's tokens to the pair of a market and swaps there. Workload `swap-routed`.
contract Router {
    mapping(IToken tokenIn => mapping(IToken tokenOut => mapping(uint32 market => Pair))) public pairs;

    error Expired(uint256 deadline);
    error NoPair();
    error InsufficientOutput(uint256 amountOut, uint256 wanted);
    error TransferFailed();

    function swap(
        IToken tokenIn,
        IToken tokenOut,
        uint32 market,
        uint256 amountIn,
        uint256 minimumOut,
        address to,
        uint256 deadline
    ) external returns (uint256 amountOut) {
        if (block.timestamp > deadline) revert Expired(deadline);
        Pair pair = pairs[tokenIn][tokenOut][market];
        if (address(pair) == address(0)) revert NoPair();
        bool zeroForOne = address(pair.token0()) == address(tokenIn);
        amountOut = _quote(pair, zeroForOne, amountIn);
        if (amountOut < minimumOut) revert InsufficientOutput(amountOut, minimumOut);
        if (!tokenIn.transferFrom(msg.sender, address(pair), amountIn)) revert TransferFailed();
        pair.swap(zeroForOne ? 0 : amountOut, zeroForOne ? amountOut : 0, to);
    }

    function _quote(Pair pair, bool zeroForOne, uint256 amountIn) private view returns (uint256) {
        (uint256 reserveIn, uint256 reserveOut,) = pair.reserves();
        if (!zeroForOne) (reserveIn, reserveOut) = (reserveOut, reserveIn);
        uint256 afterFee = amountIn * 997;
        return (afterFee * reserveOut) / (reserveIn * 1000 + afterFee);
    }
}
