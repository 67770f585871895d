;; protocol-traits
;;
;; The interfaces between the protocol's contracts. The first four are used for dispatch: their
;; implementation is found by name at run time, or it would close a cycle of static calls. The
;; others fix the interface that a replacement of the contract has to keep.

(use-trait ft-trait .sip-010-trait.sip-010-trait)

(define-trait insurance-fund-trait (
  ;; policy-id, amount in uSTX
  (cover-shortfall (uint uint) (response bool uint))
  (get-fund-size () (response uint uint))
))

(define-trait liquidity-pool-trait (
  ;; policy-id, provider, token, risk-tier, obligation, net premium
  (lock-collateral (uint principal principal (string-ascii 20) uint uint) (response bool uint))
  ;; policy-id, recipient, payout, token; yields the shortfall
  (settle-claim (uint principal uint <ft-trait>) (response uint uint))
  ;; policy-id, recipient; yields the value of a claim that its token refused to pay
  (assign-claim (uint principal) (response uint uint))
  ;; provider, token, risk-tier
  (get-free-collateral (principal principal (string-ascii 20)) (response uint uint))
))

(define-trait liquidation-engine-trait (
  ;; provider, strategy; yields the liquidation id
  (liquidate-position (principal (string-ascii 20)) (response uint uint))
))

(define-trait implementation-trait (
  ;; function name, arguments in consensus encoding
  (execute ((string-ascii 100) (list 10 (buff 1024))) (response (buff 1024) uint))
))

(define-trait oracle-trait (
  ;; symbol; yields the price in micro-USD
  (get-price ((string-ascii 10)) (response uint uint))
))

(define-trait treasury-trait (
  ;; amount in uSTX
  (process-fee (uint) (response bool uint))
))

(define-trait incentives-trait (
  ;; user, action type, value in micro-USD or uSTX
  (record-activity (principal (string-ascii 20) uint) (response bool uint))
))

(define-trait analytics-trait (
  ;; metric id, value
  (record-metric ((string-ascii 50) uint) (response bool uint))
))

(define-trait dispute-resolution-trait (
  ;; dispute type, related entity, evidence hash; yields the dispute id
  (file-dispute ((string-ascii 50) uint (buff 32)) (response uint uint))
))

(define-trait emergency-response-trait (
  ;; procedure id; true once the procedure is in effect
  (activate-emergency-procedure ((string-ascii 50)) (response bool uint))
))
